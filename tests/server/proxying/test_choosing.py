"""Which requests the mock answers."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from mockserver.errors import UsageError
from mockserver.server.proxying.choosing import Choice
from tests.server.proxying.conftest import MakeProxy
from tests.server.proxying.kit import Heard, Line, Script, ask, get, json_answer

PET = b'{"id": 4711, "name": "Rex"}'


def routes(known: dict[bytes, bytes], missing: Callable[[Heard], bytes]) -> Script:
    """Return a server that knows some targets, and says something about all others."""

    def script(line: Line) -> None:
        while (request := line.message()).first:
            method, target, _ = request.first.split(b" ")
            line.send(known.get(method + b" " + target) or missing(request))

    return script


@pytest.mark.parametrize(
    ("mock", "real", "mocked"),
    [
        ((), (), set()),
        (("listPets",), (), {"listPets"}),
        (("*Pet",), (), {"createPet", "getPet"}),
        (("tag:writing",), (), {"createPet"}),
        (("/pets/*",), (), {"getPet"}),
        (("/pets/{id}",), (), {"getPet"}),
        (("/**",), ("tag:writing",), {"listPets", "getPet"}),
        (("POST /pets",), (), {"createPet"}),
        (("re:^/pets/[0-9]+$",), (), {"getPet"}),
        ((), ("getPet",), {"listPets", "createPet"}),
    ],
)
def test_pattern_means_operations(
    make_proxy: MakeProxy, mock: tuple[str, ...], real: tuple[str, ...], mocked: set[str]
) -> None:
    document = make_proxy(None).application.documents[0].document
    choice = Choice(document, mock, real)
    asked = {"listPets": "/pets", "createPet": "/pets", "getPet": "/pets/7"}

    found = {
        id
        for id, path in asked.items()
        if not choice.is_plain
        and choice.is_mock(document.operations[id], document.operations[id].method, path)
    }

    assert found == mocked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lstPets", "do you mean 'listPets'?"),
        ("tag:read", "has no tag 'read'"),
        ("re:(", "no regular expression"),
    ],
)
def test_pattern_that_means_nothing_is_told(make_proxy: MakeProxy, text: str, said: str) -> None:
    document = make_proxy(None).application.documents[0].document
    with pytest.raises(UsageError) as told:
        Choice(document, [text])
    assert said in str(told.value)


def test_mocked_path_does_not_reach_the_upstream(make_proxy: MakeProxy) -> None:
    proxied = make_proxy(routes({}, lambda _: json_answer(b"{}")), mock=["createPet"])

    body = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(PET)
    made = ask(proxied.origin, get(b"/pets", body, b"POST") + PET)

    assert made.status == 201
    assert made.one(b"mock-source") == b"state"
    assert ask(proxied.origin, get()).one(b"mock-source") == b"upstream"


def test_not_implemented_is_answered_by_the_mock_with_the_body_that_was_sent(make_proxy: MakeProxy) -> None:
    missing = b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n"
    proxied = make_proxy(routes({}, lambda _: missing), mock_missing=True)
    head = get(b"/pets", b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n", b"POST")

    made = ask(proxied.origin, head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(PET), PET))

    assert (made.status, json.loads(made.body)) == (201, json.loads(PET))
    assert made.one(b"mock-upstream-status") == b"501"
    # A path that the document does not have either stays the upstream's affair.
    assert ask(proxied.origin, get(b"/elsewhere")).status == 501


def plain(request: Heard) -> bytes:
    """Return a 404 as Express says it."""
    text = b"<pre>Cannot %s</pre>" % b" ".join(request.first.split(b" ")[:2])
    return b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (
        len(text),
        text,
    )


def numbered(request: Heard) -> bytes:
    """Return a 404 as Spring says it: no two are equal."""
    numbered.count += 1  # type: ignore[attr-defined]
    body = {"timestamp": f"12:00:{numbered.count}", "error": "Not Found", "path": request.target.decode()}  # type: ignore[attr-defined]
    return json_answer(json.dumps(body).encode(), b"404 Not Found")


numbered.count = 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("generic", [plain, numbered])
def test_missing_route_is_told_from_a_missing_resource(
    make_proxy: MakeProxy, generic: Callable[[Heard], bytes]
) -> None:
    unknown_pet = json_answer(b'{"code": "no_pet", "message": "There is no pet 9"}', b"404 Not Found")
    known = {b"GET /pets/9": unknown_pet}
    proxied = make_proxy(routes(known, generic), mock_missing=True)

    resource = ask(proxied.origin, get(b"/pets/9"))
    route = ask(proxied.origin, get(b"/pets/8"))

    assert (resource.status, resource.one(b"mock-source")) == (404, b"upstream")
    assert (route.one(b"mock-upstream-status"), route.one(b"mock-source")) == (b"404", b"refusal")
    assert ask(proxied.origin, get()).status == 200
    assert proxied.context.missing.mocked == {"getPet": 1, "listPets": 1}


def test_operation_that_has_worked_once_is_not_missing(make_proxy: MakeProxy) -> None:
    same = json_answer(b'{"detail": "Not Found"}', b"404 Not Found")
    proxied = make_proxy(routes({b"GET /pets/1": json_answer(PET)}, lambda _: same), mock_missing=True)

    assert ask(proxied.origin, get(b"/pets/1")).status == 200
    gone = ask(proxied.origin, get(b"/pets/2"))

    assert (gone.status, gone.one(b"mock-source")) == (404, b"upstream")
