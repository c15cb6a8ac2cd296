"""Builds the model from what was read: references followed, path-level parameters merged, operation ids made unique."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.loader import read
from mockserver.document.model import (
    Document,
    Fault,
    MediaType,
    Operation,
    Parameter,
    RequestBody,
    Response,
    SecurityScheme,
)
from mockserver.document.structure import METHODS
from mockserver.errors import DocumentError, Json

DEFAULT_STYLE: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
IGNORED_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that are to be ignored (OAS 3.1.1 section 4.8.12.1)."""


def load(path: Path) -> Document:
    """Read and model a document.

    Raises:
        DocumentError: It cannot be read, or is no OpenAPI document of a version that is served.
    """
    return build(read(path), path)


def name_of(path: Path) -> str:
    """Return the short name of a document's file: `My API.yaml` -> `my-api`."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "api"


def build(root: Json, source: Path) -> Document:
    """Model a document that was read before.

    Raises:
        DocumentError: It is no OpenAPI document of a version that is served.
    """
    if not isinstance(root, dict):
        raise DocumentError(f"{source} is no OpenAPI document: its top level is not an object")
    version = root.get("openapi")
    if version is None and "swagger" in root:
        raise DocumentError(
            f"{source} is OpenAPI {root['swagger']}; OpenAPI 3.0 and 3.1 are served. Convert it to 3.0 first."
        )
    if not isinstance(version, str | float) or not str(version).startswith("3."):
        raise DocumentError(
            f"{source} is no OpenAPI document: the field 'openapi' "
            + ("is missing" if version is None else f"is {version!r}; it should be 3.0.x or 3.1.x")
        )
    info = root.get("info")
    builder = _Builder(root)
    operations = {operation.id: operation for operation in builder.operations()}
    return Document(
        name=name_of(source),
        source=source,
        root=root,
        title=str(info.get("title", source.stem)) if isinstance(info, dict) else source.stem,
        version=str(version),
        operations=operations,
        security_schemes=builder.schemes,
        faults=tuple(builder.faults),
    )


class _Unresolved(Exception):
    """A reference that leads nowhere; the operation that needs it is left out and reported."""


class _Builder:
    def __init__(self, root: dict[str, Json]) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self.schemes = dict(self._security_schemes())
        self.default_security = root.get("security")
        self._ids: set[str] = set()

    def fault(self, pointer: str, rule: str, message: str) -> None:
        self.faults.append(Fault(pointer, rule, message))

    def follow(self, node: Json, pointer: str) -> tuple[dict[str, Any], str]:
        """Follow references of any object but a schema, and return it with its own pointer."""
        seen: set[str] = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            if reference in seen:
                raise _Unresolved(f"{reference!r} at {pointer} is circular")
            seen.add(reference)
            try:
                target = ptr.of_reference(reference)
                node = ptr.lookup(self.root, target)
            except (KeyError, ValueError) as error:
                raise _Unresolved(f"{reference!r} at {pointer} leads nowhere") from error
            pointer = target
        if not isinstance(node, dict):
            raise _Unresolved(f"an object should stand at {pointer}")
        return node, pointer

    def operations(self) -> Iterator[Operation]:
        paths = self.root.get("paths")
        if not isinstance(paths, dict):
            return
        for name, item in paths.items():
            if name.startswith("x-"):
                continue
            place = ptr.join("/paths", name)
            try:
                node, pointer = self.follow(item, place)
            except _Unresolved as error:
                self.fault(place, "reference", f"{name} is not served: {error}")
                continue
            path = name
            if not name.startswith("/"):
                path = f"/{name}"
                self.fault(place, "path", f"{name!r} should begin with '/'; it is served as {path}")
            for method in METHODS:
                if method in node:
                    try:
                        yield self._operation(path, method, node, pointer)
                    except _Unresolved as error:
                        place = ptr.join(pointer, method)
                        self.fault(place, "reference", f"{method.upper()} {path} is not served: {error}")

    def _operation(self, path: str, method: str, item: dict[str, Any], item_pointer: str) -> Operation:
        node, pointer = self.follow(item[method], ptr.join(item_pointer, method))
        body = node.get("requestBody")
        responses = node.get("responses")
        return Operation(
            id=self._operation_id(node, method, path, pointer),
            method=method.upper(),
            path=path,
            pointer=pointer,
            summary=str(node.get("summary", "")),
            parameters=self._parameters(item, item_pointer, node, pointer),
            request_body=None if body is None else self._request_body(body, ptr.join(pointer, "requestBody")),
            responses={
                str(status): self._response(str(status), response, ptr.join(pointer, "responses", status))
                for status, response in (responses.items() if isinstance(responses, dict) else ())
                if not str(status).startswith("x-")
            },
            security=self._security(node.get("security", self.default_security), pointer),
        )

    def _operation_id(self, node: dict[str, Any], method: str, path: str, pointer: str) -> str:
        declared = node.get("operationId")
        name = declared if isinstance(declared, str) and declared else ""
        if not name:
            words = re.findall(r"[A-Za-z0-9]+", path)
            name = method + "".join(word[:1].upper() + word[1:] for word in words)
        unique, count = name, 1
        while unique in self._ids:
            count += 1
            unique = f"{name}_{count}"
        if declared and unique != name:
            self.fault(pointer, "operationId", f"operationId {name!r} is used before; this one is {unique!r}")
        self._ids.add(unique)
        return unique

    def _parameters(
        self, item: dict[str, Any], item_pointer: str, node: dict[str, Any], pointer: str
    ) -> tuple[Parameter, ...]:
        """Merge the path's parameters with the operation's, which win (OAS 3.1.1 section 4.8.9)."""
        found: dict[tuple[str, str], Parameter] = {}
        for owner, place in ((item, item_pointer), (node, pointer)):
            declared = owner.get("parameters")
            for index, raw in enumerate(declared if isinstance(declared, list) else ()):
                parameter = self._parameter(*self.follow(raw, ptr.join(place, "parameters", index)))
                if parameter.place == "header" and parameter.name.lower() in IGNORED_HEADERS:
                    continue
                found[parameter.place, parameter.name] = parameter
        return tuple(found.values())

    def _parameter(self, node: dict[str, Any], pointer: str, name: str = "", place: str = "") -> Parameter:
        place = place or str(node.get("in", "query"))
        style = str(node.get("style", DEFAULT_STYLE.get(place, "form")))
        content = node.get("content")
        media_type = next(iter(content), None) if isinstance(content, dict) else None
        schema = ptr.join(pointer, "schema") if "schema" in node else None
        if isinstance(content, dict) and media_type is not None:
            described, target = self.follow(content[media_type], ptr.join(pointer, "content", media_type))
            schema = ptr.join(target, "schema") if "schema" in described else None
        return Parameter(
            name=name or str(node.get("name", "")),
            place=place,
            pointer=pointer,
            required=node.get("required") is True or place == "path",
            style=style,
            explode=bool(node.get("explode", style == "form")),
            schema=schema,
            media_type=media_type,
        )

    def _request_body(self, raw: Json, pointer: str) -> RequestBody:
        node, pointer = self.follow(raw, pointer)
        return RequestBody(
            pointer=pointer,
            required=node.get("required") is True,
            content=self._content(node.get("content"), ptr.join(pointer, "content")),
        )

    def _response(self, status: str, raw: Json, pointer: str) -> Response:
        node, pointer = self.follow(raw, pointer)
        headers: dict[str, Parameter] = {}
        declared = node.get("headers")
        for name, header in declared.items() if isinstance(declared, dict) else ():
            if name.lower() != "content-type":  # described by the content map (OAS 3.1.1 section 4.8.17.1)
                target, place = self.follow(header, ptr.join(pointer, "headers", name))
                headers[name] = self._parameter(target, place, name=name, place="header")
        content = self._content(node.get("content"), ptr.join(pointer, "content"))
        return Response(status=status, pointer=pointer, content=content, headers=headers)

    def _content(self, raw: Json, pointer: str) -> Mapping[str, MediaType]:
        if not isinstance(raw, dict):
            return {}
        return {
            name: self._media_type(name, *self.follow(node, ptr.join(pointer, name)))
            for name, node in raw.items()
        }

    def _media_type(self, name: str, node: dict[str, Any], pointer: str) -> MediaType:
        examples: dict[str, Json] = {}
        declared = node.get("examples")
        for key, raw in declared.items() if isinstance(declared, dict) else ():
            example, _ = self.follow(raw, ptr.join(pointer, "examples", key))
            if "value" in example:
                examples[key] = example["value"]
        if "example" in node:
            examples[""] = node["example"]
        schema = ptr.join(pointer, "schema") if "schema" in node else None
        return MediaType(name=name, pointer=pointer, schema=schema, examples=examples)

    def _security_schemes(self) -> Iterator[tuple[str, SecurityScheme]]:
        components = self.root.get("components")
        declared = components.get("securitySchemes") if isinstance(components, dict) else None
        for name, raw in declared.items() if isinstance(declared, dict) else ():
            pointer = ptr.join("/components/securitySchemes", name)
            try:
                node, _ = self.follow(raw, pointer)
            except _Unresolved as error:
                self.fault(pointer, "reference", str(error))
                continue
            yield (
                name,
                SecurityScheme(
                    name=name,
                    type=str(node.get("type", "")),
                    place=str(node.get("in", "")),
                    parameter=str(node.get("name", "")),
                    scheme=str(node.get("scheme", "")).lower(),
                ),
            )

    def _security(self, raw: Json, pointer: str) -> tuple[Mapping[str, tuple[str, ...]], ...]:
        alternatives: list[Mapping[str, tuple[str, ...]]] = []
        for alternative in raw if isinstance(raw, list) else ():
            if not isinstance(alternative, dict):
                continue
            unknown = [name for name in alternative if name not in self.schemes]
            if unknown:
                self.fault(
                    ptr.join(pointer, "security"),
                    "security",
                    f"security scheme {unknown[0]!r} is not declared; it is not asked for",
                )
            alternatives.append(
                {
                    name: tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else ()
                    for name, scopes in alternative.items()
                    if name in self.schemes
                }
            )
        return tuple(alternatives)
