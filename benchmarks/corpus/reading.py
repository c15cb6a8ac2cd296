"""The operations of an OpenAPI 3.x document, read from the raw document; `legacy` reads 2.0 into the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from corpus.files import DocumentProblem, Files, Node

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
STYLES = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
IGNORED_HEADERS = ("accept", "content-type", "authorization")  # OAS 3.1.1 section 4.8.12.1

Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter, or a header of an answer. `media` is set where it is text of that media type."""

    name: str
    place: str
    required: bool = False
    schema: Schema | None = None
    style: str = "simple"
    explode: bool = False
    media: str | None = None
    examples: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Media:
    """What a body of a media type holds."""

    name: str
    schema: Schema | None = None
    item_schema: Schema | None = None
    examples: tuple[Any, ...] = ()
    encoding: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """A declared response."""

    content: dict[str, Media]
    headers: dict[str, Field]


@dataclass(frozen=True)
class Op:
    """An operation.

    Attributes:
        problem: Why it cannot be judged, where the document is broken there.
        others: Operations that the same request means as well: a fragment is not sent, names of variables neither.
    """

    method: str
    path: str
    fields: tuple[Field, ...] = ()
    bodies: dict[str, Media] = field(default_factory=dict)
    body_required: bool = False
    replies: dict[str, Reply] = field(default_factory=dict)
    security: tuple[dict[str, dict[str, Any] | None], ...] = ()
    base_path: str = ""
    problem: str = ""
    others: tuple[Op, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def examples_of(files: Files, node: Node) -> tuple[Any, ...]:
    """Return the values of `example` and `examples`."""
    found = [node.value["example"]] if "example" in node else []
    for _, one in node.child("examples").members():
        try:
            example = files.follow(one)
        except DocumentProblem:
            continue
        for key in ("dataValue", "value"):
            if key in example:
                found.append(example.value[key])
                break
    return tuple(found)


class Reader:
    """Reads the operations of one document."""

    def __init__(self, files: Files) -> None:
        self.files, self.root = files, files.root

    def operations(self) -> Iterator[Op]:
        for path, raw in self.root.child("paths").members():
            path = path if path.startswith("/") else f"/{path}"
            try:
                item = self.files.follow(raw)
            except DocumentProblem as error:
                yield Op("?", path, problem=str(error))
                continue
            methods = {method.upper(): item.child(method) for method in METHODS if method in item}
            methods |= dict(item.child("additionalOperations").members())
            for method, node in methods.items():
                try:
                    yield self.operation(method, path, item, self.files.follow(node))
                except DocumentProblem as error:
                    yield Op(method, path, problem=str(error))

    def operation(self, method: str, path: str, item: Node, node: Node) -> Op:
        body = self.files.follow(node.child("requestBody"))
        return Op(
            method, path,
            fields=tuple(self.fields(item, node)),
            bodies=self.content(body.child("content")),
            body_required=body.value is not None and body.value.get("required") is True,
            replies={
                status: self.reply(self.files.follow(reply)) for status, reply in node.child("responses").members()
            },
            security=self.security(node),
            base_path=self.base_path(item, node),
        )  # fmt: skip

    def parameters(self, item: Node, node: Node) -> dict[tuple[str, str], Node]:
        """Return the parameters of a path and an operation; the operation's win (OAS 3.1.1 section 4.8.9)."""
        found: dict[tuple[str, str], Node] = {}
        for owner in (item, node):
            for raw in owner.child("parameters").items():
                one = self.files.follow(raw)
                if isinstance(one.value, dict) and "name" in one and "in" in one:
                    found[str(one.value["in"]), str(one.value["name"])] = one
        return found

    def fields(self, item: Node, node: Node) -> Iterator[Field]:
        for (place, name), one in self.parameters(item, node).items():
            if not (place == "header" and name.lower() in IGNORED_HEADERS):
                yield self.field(name, place, one)

    def field(self, name: str, place: str, node: Node) -> Field:
        style = str(node.value.get("style") or STYLES.get(place, "form"))
        explode = node.value.get("explode")
        schema = node.child("schema").reference if "schema" in node else None
        media, examples = None, examples_of(self.files, node)
        for name_of_media, raw in node.child("content").members():
            media, described = name_of_media, self.files.follow(raw)
            schema = described.child("schema").reference if "schema" in described else None
            examples = (*examples, *examples_of(self.files, described))
        return Field(
            name, place, node.value.get("required") is True or place == "path", schema, style,
            style in ("form", "cookie") if explode is None else bool(explode), media, examples,
        )  # fmt: skip

    def content(self, node: Node) -> dict[str, Media]:
        node = self.files.follow(node)
        found = {}
        for name in node.value if isinstance(node.value, dict) else ():
            one = self.files.follow(node.child(name))
            encoding = {key: self.files.follow(raw).value for key, raw in one.child("encoding").members()}
            found[name] = Media(
                name,
                one.child("schema").reference if "schema" in one else None,
                one.child("itemSchema").reference if "itemSchema" in one else None,
                examples_of(self.files, one),
                {key: value for key, value in encoding.items() if isinstance(value, dict)},
            )
        return found

    def reply(self, node: Node) -> Reply:
        headers = {}
        for name, raw in node.child("headers").members():
            if name.lower() != "content-type":
                one = self.files.follow(raw)
                if isinstance(one.value, dict):
                    headers[name] = self.field(name, "header", one)
        return Reply(self.content(node.child("content")), headers)

    def schemes(self) -> Node:
        return self.root.child("components", "securitySchemes")

    def security(self, node: Node) -> tuple[dict[str, dict[str, Any] | None], ...]:
        declared = node.value.get("security", self.root.value.get("security"))
        schemes = self.schemes()
        found = []
        for alternative in declared if isinstance(declared, list) else ():
            one: dict[str, dict[str, Any] | None] = {}
            for name in alternative if isinstance(alternative, dict) else ():
                scheme = self.files.follow(schemes.child(name)).value
                one[name] = scheme if isinstance(scheme, dict) else None
            found.append(one)
        return tuple(found)

    def base_path(self, item: Node, node: Node) -> str:
        """Return the path of the first server, its variables at their defaults."""
        servers = next(
            (owner.child("servers") for owner in (node, item, self.root) if owner.value.get("servers")), None
        )
        if servers is None:
            return ""
        first = servers.child(0)
        url = str(first.value.get("url", "")) if isinstance(first.value, dict) else ""
        for name, variable in first.child("variables").members():
            if isinstance(variable.value, dict):
                url = url.replace("{" + name + "}", str(variable.value.get("default", "")))
        return urlsplit(url).path.rstrip("/")
