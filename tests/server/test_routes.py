"""Base paths: with, without, both; alone and beside other documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mockserver.document import builder
from mockserver.errors import UsageError
from mockserver.server.assembly import assemble
from mockserver.server.calls import Served
from mockserver.server.routes import Routes, base_urls
from mockserver.settings import Settings, Source
from mockserver.sources import Loaded

from .conftest import NOON, answers, document

MakeServed = Callable[..., list[Served]]


def serve(documents: Mapping[str, tuple[tuple[str, ...], list[str]]]) -> list[Served]:
    """Return documents on the air: name -> (base paths, `METHOD /path`...)."""
    loaded = []
    for name, (bases, operations) in documents.items():
        paths: dict[str, Any] = {}
        for text in operations:
            method, path = text.split()
            paths.setdefault(path, {})[method.lower()] = {"responses": answers()}
        model = builder.build(document(paths), Path(f"{name}.yaml"))
        changed = {id: replace(item, base_paths=bases) for id, item in model.operations.items()}
        loaded.append(Loaded(Source(model.source), replace(model, operations=changed)))
    return assemble(Settings(root=False), lambda: NOON, loaded).documents


def where(routes: Routes, path: str) -> tuple[str, str] | None:
    """Return document and path template to which a path leads."""
    match = routes.find(path)
    if match is None:
        return None
    target = next(iter(match.node.methods.values()))[0]
    return target.served.name, target.operation.path


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("both", {"/v1/pets", "/pets", "/a/v1/pets", "/a/pets"}),
        ("only", {"/v1/pets", "/a/v1/pets"}),
        ("none", {"/pets", "/a/pets"}),
    ],
)
def test_base_path_is_served_as_chosen(choice: str, found: set[str]) -> None:
    routes = Routes(serve({"a": (("/v1",), ["GET /pets"])}), Settings(base_path=choice))

    paths = ("/v1/pets", "/pets", "/a/v1/pets", "/a/pets", "/v2/pets", "/v1/a/pets")
    assert {path for path in paths if where(routes, path)} == found


@pytest.mark.parametrize("choice", ["both", "only", "none"])
def test_document_without_base_path_is_served_whatever_is_chosen(choice: str) -> None:
    routes = Routes(serve({"a": ((), ["GET /pets"])}), Settings(base_path=choice, root=False))

    assert where(routes, "/a/pets") == ("a", "/pets")
    assert where(routes, "/pets") is None


def test_every_server_of_an_operation_leads_to_it() -> None:
    routes = Routes(serve({"a": (("/v1", "/v2/{tenant}"), ["GET /pets/{id}"])}), Settings())

    for path in ("/v1/pets/7", "/v2/acme/pets/7", "/pets/7"):
        match = routes.find(path)
        assert match is not None
        _, names = match.node.methods["GET"]
        assert dict(zip(names, match.values, strict=True))["id"] == "7"


def test_path_without_base_gives_way_to_one_that_another_document_declares() -> None:
    documents = {"a": (("/v1",), ["GET /pets", "GET /cats"]), "b": ((), ["POST /pets"])}
    for order in (["a", "b"], ["b", "a"]):
        routes = Routes(serve({name: documents[name] for name in order}), Settings())

        assert where(routes, "/pets") == ("b", "/pets")
        assert where(routes, "/v1/pets") == ("a", "/pets")
        assert where(routes, "/cats") == ("a", "/cats")
        assert where(routes, "/a/pets") == ("a", "/pets")


def test_path_without_base_belongs_to_the_document_named_first_when_none_declares_it() -> None:
    documents = {"b": (("/v2",), ["GET /pets"]), "a": (("/v1",), ["GET /pets", "POST /pets"])}

    routes = Routes(serve(documents), Settings())

    assert where(routes, "/pets") == ("b", "/pets")
    match = routes.find("/pets")
    assert match is not None
    assert match.allow == "GET, HEAD, OPTIONS"
    assert where(routes, "/v1/pets") == ("a", "/pets")


def test_declared_path_wins_over_another_of_its_document_without_base() -> None:
    routes = Routes(serve({"a": (("/v1",), ["GET /v1/pets", "GET /pets"])}), Settings())

    assert where(routes, "/v1/pets") == ("a", "/pets")
    assert where(routes, "/v1/v1/pets") == ("a", "/v1/pets")


def test_same_base_and_path_of_two_documents_is_refused() -> None:
    documents = serve({"a": (("/v1",), ["GET /pets"]), "b": (("/v1",), ["GET /pets"])})

    with pytest.raises(
        UsageError, match=r"two documents have the path /v1/pets:\n  a: .*\n  b: .*\n.*--no-root"
    ):
        Routes(documents, Settings())
    Routes(documents, Settings(root=False))


@pytest.mark.parametrize(
    ("bases", "settings", "urls"),
    [
        (("/v1",), Settings(), ["http://x/v1", "http://x/a/v1"]),
        (("/v1",), Settings(base_path="none"), ["http://x", "http://x/a"]),
        (("/v1", "/v2"), Settings(), ["http://x", "http://x/a"]),
        (("/{version}",), Settings(), ["http://x", "http://x/a"]),
        ((), Settings(root=False), ["http://x/a"]),
    ],
)
def test_base_url_has_the_base_path_when_there_is_one(
    bases: tuple[str, ...], settings: Settings, urls: list[str]
) -> None:
    served = serve({"a": (bases, ["GET /pets", "GET /cats"])})[0]

    assert base_urls(served, settings, "http://x") == urls


def test_fragment_of_a_template_may_be_left_out_unless_another_operation_is_there() -> None:
    routes = Routes(
        serve({"a": (("/v1",), ["PUT /pets/{id}#move", "GET /pets/{id}#tags", "GET /pets/{id}"])}), Settings()
    )

    for path in ("/pets/7", "/v1/pets/7", "/a/pets/7"):
        match = routes.find(path)
        assert match is not None
        found = {method: target.operation.path for method, (target, _) in match.node.methods.items()}
        assert found == {"GET": "/pets/{id}", "PUT": "/pets/{id}#move"}
    assert where(routes, "/pets/7%23tags") == ("a", "/pets/{id}#tags")


def test_operations_that_differ_only_in_their_query_are_told_apart() -> None:
    documents = serve({"a": ((), ["GET /pets?kind=dog", "GET /pets?kind=cat", "POST /#Action=Run"])})
    routes = Routes(documents, Settings())

    def found(path: str, method: str, query: bytes) -> str:
        match = routes.find(path)
        assert match is not None
        target, _ = match.node.variant(method, query) or match.node.methods[method]
        return target.operation.path

    assert found("/pets", "GET", b"kind=cat") == "/pets?kind=cat"
    assert found("/pets", "GET", b"kind=dog&x=1") == "/pets?kind=dog"
    assert found("/pets", "GET", b"") == "/pets?kind=dog"
    assert found("/", "POST", b"Action=Run") == "/#Action=Run"
    assert found("/pets%3Fkind=cat", "GET", b"") == "/pets?kind=cat"


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ("both", {"/v1/pets", "/pets", "/own/cats", "/cats", "/eu/rest/dogs", "/dogs"}),
        ("only", {"/v1/pets", "/own/cats", "/eu/rest/dogs", "/dogs"}),
        ("none", {"/pets", "/cats", "/dogs"}),
    ],
)
def test_base_paths_are_those_of_the_servers_at_every_level(choice: str, found: set[str]) -> None:
    get = {"get": {"responses": answers()}}
    regional = [{"url": "https://x/{region}/rest", "variables": {"region": {"default": "eu"}}}, {"url": "/"}]
    paths = {
        "/pets": get,
        "/cats": {**get, "servers": [{"url": "https://x/own/"}]},
        "/dogs": {"get": {"responses": answers(), "servers": regional}},
    }
    model = builder.build(document(paths, servers=[{"url": "https://x/v1"}]), Path("a.yaml"))
    served = assemble(Settings(), lambda: NOON, [Loaded(Source(model.source), model)]).documents

    routes = Routes(served, Settings(base_path=choice))

    paths_asked = (
        "/v1/pets",
        "/pets",
        "/own/cats",
        "/v1/cats",
        "/cats",
        "/eu/rest/dogs",
        "/v1/dogs",
        "/dogs",
    )
    assert {path for path in paths_asked if where(routes, path)} == found
