"""Reads a document with all files that it refers to, and follows references across them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

import yaml

MAX_HOPS = 50


class DocumentProblem(Exception):
    """Something of the document cannot be read or found; the text says what."""


class Node(NamedTuple):
    """A value of a document and where it stands."""

    uri: str
    pointer: str
    value: Any

    def child(self, *names: str | int) -> Node:
        """Return a member, whose value is None where there is none."""
        pointer, value = self.pointer, self.value
        for name in names:
            pointer += "/" + str(name).replace("~", "~0").replace("/", "~1")
            if isinstance(value, list) and isinstance(name, int):
                value = value[name] if name < len(value) else None
            else:
                value = value.get(name) if isinstance(value, dict) else None
        return Node(self.uri, pointer, value)

    def __contains__(self, name: object) -> bool:
        return isinstance(self.value, dict) and name in self.value

    def members(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object that are no extensions."""
        for name in self.value if isinstance(self.value, dict) else ():
            if not name.startswith("x-"):
                yield name, self.child(name)

    def items(self) -> Iterator[Node]:
        """Yield the items of an array."""
        for index in range(len(self.value) if isinstance(self.value, list) else 0):
            yield self.child(index)

    @property
    def reference(self) -> dict[str, Any]:
        """A schema that stands for what is here."""
        return {"$ref": f"{self.uri}#{quote(self.pointer, safe='/~:@!$&()*+,;=-._')}"}


class _Yaml(yaml.CSafeLoader):
    """YAML 1.2's core schema as far as documents need it: no dates, no `yes`, keys are texts."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep=deep)


for _name, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
    ("merge", r"^<<$", ["<"]),
):
    _Yaml.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(_pattern), _first)
_Yaml.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))
_Yaml.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))


def parse(path: Path) -> Any:
    """Return the value of a JSON or YAML file."""
    try:
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise DocumentProblem(f"{path}: {error.strerror}") from None
    try:
        return json.loads(data)
    except ValueError:
        pass
    try:
        return yaml.load(data, Loader=_Yaml)
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentProblem(f"{path} is neither JSON nor YAML: {error}") from None


class Files:
    """A document and all files that it refers to, by their `file:` URI."""

    def __init__(self, main: Path) -> None:
        self.main = main.resolve()
        self.contents: dict[str, Any] = {}
        self._load(self.main)

    @property
    def root(self) -> Node:
        uri = self.main.as_uri()
        return Node(uri, "", self.contents[uri])

    def _load(self, first: Path) -> None:
        waiting = [first]
        while waiting:
            path = waiting.pop()
            uri = path.as_uri()
            if uri in self.contents:
                continue
            try:
                self.contents[uri] = parse(path)
            except DocumentProblem:
                if path == first:
                    raise
                continue  # what refers to it is not judged, and said so
            for reference in references(self.contents[uri]):
                target, _ = urldefrag(urljoin(uri, reference))
                parts = urlsplit(target)
                if parts.scheme == "file" and (found := Path(unquote(parts.path))).is_file():
                    waiting.append(found)

    def follow(self, node: Node) -> Node:
        """Follow the references of anything but a schema; fields beside `$ref` are left out."""
        for _ in range(MAX_HOPS):
            reference = node.value.get("$ref") if isinstance(node.value, dict) else None
            if not isinstance(reference, str):
                return node
            node = self.at(urljoin(node.uri, reference))
        raise DocumentProblem(f"the references at {node.pointer} have no end")

    def at(self, target: str) -> Node:
        """Return what an absolute reference names."""
        uri, fragment = urldefrag(target)
        uri = uri if uri in self.contents else normal(uri)
        if uri not in self.contents:
            raise DocumentProblem(f"{target} is not there")
        pointer, value = unquote(fragment), self.contents[uri]
        for token in pointer.split("/")[1:] if pointer else ():
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list) and name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            elif isinstance(value, dict) and name in value:
                value = value[name]
            else:
                raise DocumentProblem(f"{target} leads nowhere")
        return Node(uri, pointer, value)


def normal(uri: str) -> str:
    """Return a `file:` URI as `Path.as_uri` writes it."""
    parts = urlsplit(uri)
    return Path(unquote(parts.path)).as_uri() if parts.scheme == "file" else uri


def references(value: Any) -> Iterator[str]:
    """Yield each text under a key `$ref`, wherever it is."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("$ref"), str):
                yield one["$ref"]
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
