"""Builds the model from what was read: references followed, path-level parameters merged, operation ids made unique."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mockserver.document import pointer as ptr
from mockserver.document.examples import examples_of
from mockserver.document.loading import overlay
from mockserver.document.loading.files import Fetch, Files, is_url
from mockserver.document.loading.normalise import Normalised, normalise
from mockserver.document.model import (
    Document,
    Encoding,
    Fault,
    MediaType,
    Operation,
    Parameter,
    RequestBody,
    Response,
    SecurityScheme,
    Severity,
)
from mockserver.document.paths import split_template
from mockserver.document.servers import base_paths
from mockserver.document.structure import METHODS, STATUS
from mockserver.errors import Json

DEFAULT_STYLE: Final = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
IGNORED_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})
"""Header parameters that are to be ignored (OAS 3.1.1 section 4.8.12.1)."""
_PLACES: Final = frozenset({"path", "query", "header", "cookie", "querystring"})
_JSON: Final = "application/json"


def load(source: Path | str, *, fetch: Fetch | None = None, overlays: Sequence[str] = ()) -> Document:
    """Read and model a document with the files that it refers to.

    Args:
        source: A file, or an http(s) URL.
        fetch: Reads what is on the network; None where that is not to be asked.
        overlays: Files or URLs of OpenAPI overlays, applied in this order.

    Raises:
        DocumentError: It cannot be read, or is no OpenAPI document of a version that is served.
    """
    library = Files(fetch)
    location = str(source)
    return _model(_normalised(library.read(location), location, library, overlays), Path(location))


def name_of(path: Path) -> str:
    """Return the short name of a document's file: `My API.yaml` -> `my-api`."""
    return re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "api"


def build(root: Json, source: Path, *, fetch: Fetch | None = None, overlays: Sequence[str] = ()) -> Document:
    """Model a document that was read before, and which is not changed; see `load`.

    Raises:
        DocumentError: It is no OpenAPI document of a version that is served.
    """
    return _model(_normalised(_own(root), str(source), Files(fetch), overlays), source)


def _normalised(root: Json, location: str, library: Files, overlays: Sequence[str]) -> Normalised:
    """Return a document normalised, after its overlays were applied."""
    if not overlays:
        return normalise(root, location, library)
    done = overlay.apply(root, location, overlays, library)
    library.put(location, done.root)
    read = normalise(done.root, location, library)
    return replace(
        read,
        faults=(*done.faults, *overlay.relocated(read.faults, done.origins)),
        shape=tuple(overlay.relocated(read.shape, done.origins)),
        origins=lambda pointer: overlay.origin(read.origins(pointer), done.origins),
        overlaid=done.origins,
    )


def _own(value: Json) -> Json:
    """Return a copy, its keys as texts: Python's dicts may have numbers there, and statuses are written so."""
    if isinstance(value, dict):
        return {str(key): _own(member) for key, member in value.items()}
    return [_own(item) for item in value] if isinstance(value, list) else value


def _model(read: Normalised, source: Path) -> Document:
    info = read.root.get("info")
    builder = _Builder(read)
    operations = {operation.id: operation for operation in builder.operations()}
    return Document(
        name=name_of(source),
        source=source,
        root=read.root,
        title=str(info.get("title") or source.stem) if isinstance(info, dict) else source.stem,
        version=read.version,
        operations=operations,
        security_schemes=builder.schemes,
        faults=tuple(dict.fromkeys((*read.faults, *builder.faults))),
        shape=read.shape,
        files=tuple(location for location in read.files if not is_url(location)),
        origins=read.origins,
        overlaid=read.overlaid,
    )


class _Builder:
    """Builds the objects of one normalised document: whatever it refers to is there."""

    def __init__(self, read: Normalised) -> None:
        self.root = read.root
        self._origins = read.origins
        self.faults: list[Fault] = []
        self.schemes = dict(self._security_schemes())
        self.default_security = read.root.get("security")
        self._ids: set[str] = set()

    def fault(
        self, pointer: str, rule: str, message: str, effect: str, severity: Severity = Severity.ERROR
    ) -> None:
        file, origin = self._origins(pointer)
        self.faults.append(Fault(origin, rule, message, effect, severity, file))

    def follow(self, node: Json, pointer: str) -> tuple[dict[str, Any], str]:
        """Follow references of any object but a schema, and return it with its own pointer."""
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            pointer = ptr.of_reference(node["$ref"])
            try:
                node = ptr.lookup(self.root, pointer)
            except KeyError:
                return (
                    {},
                    pointer,
                )  # What it led to led nowhere itself: that was reported when it was left out.
        return (node if isinstance(node, dict) else {}), pointer

    # Operations.

    def operations(self) -> Iterator[Operation]:
        paths = self.root.get("paths")
        for name, item in paths.items() if isinstance(paths, dict) else ():
            if name.startswith("x-") or not isinstance(item, dict):
                continue
            place = ptr.join("/paths", name)
            path = name
            if not name.startswith("/"):
                path = f"/{name}"
                self.fault(place, "path", f"{name!r} should begin with '/'", f"it is served as {path}")
            node, pointer = self.follow(item, place)
            for method in METHODS:
                if isinstance(node.get(method), dict):
                    yield self._operation(path, method, node, pointer, ptr.join(pointer, method))
            more = node.get("additionalOperations")  # OAS 3.2.0 section 4.9
            for method, raw in more.items() if isinstance(more, dict) else ():
                if isinstance(raw, dict) and method.lower() not in node:
                    item_pointer = ptr.join(pointer, "additionalOperations", method)
                    yield self._operation(path, method, {**node, method: raw}, pointer, item_pointer)

    def _operation(
        self, path: str, method: str, item: dict[str, Any], item_pointer: str, pointer: str
    ) -> Operation:
        node, pointer = self.follow(item[method], pointer)
        body = node.get("requestBody")
        tags = node.get("tags")
        return Operation(
            id=self._operation_id(node, method, path, pointer),
            method=method.upper(),
            path=path,
            pointer=pointer,
            summary=str(node.get("summary", "")),
            parameters=self._parameters(item, item_pointer, node, pointer, path),
            request_body=None if body is None else self._request_body(body, ptr.join(pointer, "requestBody")),
            responses=self._responses(node.get("responses"), ptr.join(pointer, "responses")),
            security=self._security(node.get("security", self.default_security), pointer),
            base_paths=base_paths(node.get("servers"), item.get("servers"), self.root.get("servers")),
            deprecated=node.get("deprecated") is True,
            tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
        )

    def _operation_id(self, node: dict[str, Any], method: str, path: str, pointer: str) -> str:
        declared = node.get("operationId")
        name = declared if isinstance(declared, str) and declared else ""
        if not name:
            words = re.findall(r"[A-Za-z0-9]+", path)
            name = method.lower() + "".join(word[:1].upper() + word[1:] for word in words)
        unique, count = name, 1
        while unique in self._ids:
            count += 1
            unique = f"{name}_{count}"
        if declared and unique != name:
            message = f"operationId {name!r} is used before"
            self.fault(pointer, "operationId", message, f"this one is {unique!r}")
        self._ids.add(unique)
        return unique

    # Parameters.

    def _parameters(
        self, item: dict[str, Any], item_pointer: str, node: dict[str, Any], pointer: str, path: str
    ) -> tuple[Parameter, ...]:
        """Merge the path's parameters with the operation's, which win (OAS 3.1.1 section 4.8.9)."""
        found: dict[tuple[str, str], Parameter] = {}
        for owner, place in ((item, item_pointer), (node, pointer)):
            declared = owner.get("parameters")
            for index, raw in enumerate(declared if isinstance(declared, list) else ()):
                if raw is None:  # it was reported when it was left out
                    continue
                target, origin = self.follow(raw, ptr.join(place, "parameters", index))
                if not self._is_parameter(target, origin):
                    continue
                parameter = self._parameter(target, origin)
                if parameter.place == "header" and parameter.name.lower() in IGNORED_HEADERS:
                    continue
                found[parameter.place, parameter.name] = parameter
        bare, conditions = split_template(path)
        names = re.findall(r"\{([^{}]+)\}", bare)
        for field in re.findall(r"[?&#]([^=&#]+)=\{([^{}]+)\}", path) if conditions else ():
            # A variable of the part that looks like a query is a query field.
            moved = found.pop(("path", field[1]), None)
            if moved is not None:
                found["query", field[0]] = replace(
                    moved, name=field[0], place="query", style="form", explode=True
                )
        for parameter in [item for item in found.values() if item.place == "path" and item.name not in names]:
            message = f"{path} has no {{{parameter.name}}}"
            self.fault(parameter.pointer, "parameter", message, "the parameter is left out")
            del found[parameter.place, parameter.name]
        for name in dict.fromkeys(names):
            if ("path", name) not in found:
                self.fault(
                    pointer,
                    "parameter",
                    f"{{{name}}} of {path} is not declared as a parameter",
                    "any text is taken",
                )
                found["path", name] = Parameter(name, "path", pointer, True, "simple", False, None)
        return tuple(found.values())

    def _is_parameter(self, node: dict[str, Any], pointer: str) -> bool:
        name, place = node.get("name"), node.get("in")
        if isinstance(name, str) and isinstance(place, str) and place in _PLACES:
            return True
        message = f"in: {place!r} is no place of a parameter" if isinstance(name, str) else "it has no name"
        self.fault(pointer, "parameter", message, "the parameter is left out")
        return False

    def _parameter(self, node: dict[str, Any], pointer: str, name: str = "", place: str = "") -> Parameter:
        place = place or str(node["in"])
        style = str(node.get("style", DEFAULT_STYLE.get(place, "form")))
        content = node.get("content")
        media_type = next(iter(content), None) if isinstance(content, dict) else None
        schema = ptr.join(pointer, "schema") if "schema" in node else None
        described = node
        if isinstance(content, dict) and media_type is not None:
            described, target = self.follow(content[media_type], ptr.join(pointer, "content", media_type))
            schema = ptr.join(target, "schema") if "schema" in described else None
        return Parameter(
            name=name or str(node.get("name", "")),
            place=place,
            pointer=pointer,
            required=node.get("required") is True or place == "path",
            style=style,
            explode=bool(node.get("explode", style in ("form", "cookie"))),
            schema=schema,
            media_type=media_type,
            allow_reserved=node.get("allowReserved") is True,
            allow_empty_value=node.get("allowEmptyValue") is True,
            deprecated=node.get("deprecated") is True,
            examples=examples_of(described, self.root, schema) or examples_of(node, self.root, None),
        )

    # Bodies.

    def _request_body(self, raw: Json, pointer: str) -> RequestBody:
        node, pointer = self.follow(raw, pointer)
        return RequestBody(
            pointer=pointer,
            required=node.get("required") is True,
            content=self._content(node.get("content"), ptr.join(pointer, "content")),
        )

    def _responses(self, raw: Json, pointer: str) -> Mapping[str, Response]:
        found: dict[str, Response] = {}
        for key, node in raw.items() if isinstance(raw, dict) else ():
            name = str(key)
            if name.startswith("x-"):
                continue
            place = ptr.join(pointer, name)
            status = name.lower() if name.lower() == "default" else name.upper()
            if not STATUS.fullmatch(status) or not isinstance(node, dict):
                self.fault(place, "response", f"{name!r} is no status", "the response is left out")
                continue
            if status != name:
                self.fault(place, "response", f"{name!r} should be {status}", f"it is read as {status}")
            found.setdefault(status, self._response(status, node, place))
        return found

    def _response(self, status: str, raw: Json, pointer: str) -> Response:
        node, pointer = self.follow(raw, pointer)
        content = self._content(node.get("content"), ptr.join(pointer, "content"))
        headers = self._headers(node.get("headers"), ptr.join(pointer, "headers"))
        return Response(status=status, pointer=pointer, content=content, headers=headers)

    def _headers(self, raw: Json, pointer: str) -> Mapping[str, Parameter]:
        found: dict[str, Parameter] = {}
        for name, header in raw.items() if isinstance(raw, dict) else ():
            # Described by the content map (OAS 3.1.1 section 4.8.17.1).
            if name.lower() != "content-type" and not name.lower().startswith("x-faker"):
                target, place = self.follow(header, ptr.join(pointer, name))
                found[name] = self._parameter(target, place, name=name, place="header")
        return found

    def _content(self, raw: Json, pointer: str) -> Mapping[str, MediaType]:
        found: dict[str, MediaType] = {}
        for name, node in raw.items() if isinstance(raw, dict) else ():
            if name.startswith("x-"):
                continue
            place = ptr.join(pointer, name)
            if "/" in name:
                found[name] = self._media_type(name, *self.follow(node, place))
            elif len(raw) == 1:
                self.fault(place, "media-type", f"{name!r} is no media type", f"it is read as {_JSON}")
                found[_JSON] = self._media_type(_JSON, *self.follow(node, place))
            else:
                self.fault(place, "media-type", f"{name!r} is no media type", "it is left out")
        return found

    def _media_type(self, name: str, node: dict[str, Any], pointer: str) -> MediaType:
        schema = ptr.join(pointer, "schema") if "schema" in node else None
        encoding = node.get("encoding")
        return MediaType(
            name=name,
            pointer=pointer,
            schema=schema,
            examples=examples_of(node, self.root, schema),
            encoding={
                key: self._encoding(item, ptr.join(pointer, "encoding", key))
                for key, item in (encoding.items() if isinstance(encoding, dict) else ())
                if isinstance(item, dict)
            },
            item_schema=ptr.join(pointer, "itemSchema") if "itemSchema" in node else None,
        )

    def _encoding(self, node: dict[str, Any], pointer: str) -> Encoding:
        types = node.get("contentType")
        explode = node.get("explode")
        return Encoding(
            content_types=tuple(item.strip() for item in types.split(",")) if isinstance(types, str) else (),
            style=node["style"] if isinstance(node.get("style"), str) else None,
            explode=explode if isinstance(explode, bool) else None,
            allow_reserved=node.get("allowReserved") is True,
            headers=self._headers(node.get("headers"), ptr.join(pointer, "headers")),
        )

    # Security.

    def _security_schemes(self) -> Iterator[tuple[str, SecurityScheme]]:
        components = self.root.get("components")
        declared = components.get("securitySchemes") if isinstance(components, dict) else None
        for name, raw in declared.items() if isinstance(declared, dict) else ():
            node, _ = self.follow(raw, ptr.join("/components/securitySchemes", name))
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
                    f"security scheme {unknown[0]!r} is not declared",
                    "it is not asked for",
                )
            alternatives.append(
                {
                    name: tuple(str(scope) for scope in scopes) if isinstance(scopes, list) else ()
                    for name, scopes in alternative.items()
                    if name in self.schemes
                }
            )
        return tuple(alternatives)
