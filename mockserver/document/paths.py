"""Finds the operation of a path: a trie over segments, literal before template (OAS 3.1.1 section 4.8.8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from urllib.parse import parse_qsl, quote, unquote

Target = TypeVar("Target")

_VARIABLE: Final = re.compile(r"\{([^{}]+)\}")

Conditions = tuple[tuple[str, str | None], ...]
"""Query fields that a template asks for, with their value; None for any."""


def split_template(template: str) -> tuple[str, Conditions]:
    """Split a template such as `/pets?kind=dog` or `/#Action=Run` into its path and the query fields that it asks for.

    Paths have no such part (OAS 3.1.1 section 4.8.8), but authors who must tell operations apart write it.
    """
    path, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)\Z", template, re.DOTALL).groups()  # type: ignore[union-attr]
    if not mark:
        return template, ()
    fields = parse_qsl(rest.replace("#", "&"), keep_blank_values=True)
    return path or "/", tuple(
        (name, None if not value or _VARIABLE.fullmatch(value) else value) for name, value in fields
    )


def as_literal(template: str) -> str:
    """Return a template whose `?` and `#` stand for themselves, as `%3F` and `%23` do in a path."""
    return re.sub("[?#]", lambda match: quote(match[0]), template)


class _Shape:
    r"""A segment with text beside or between variables; each variable takes as little as it can, but something.

    As the regex `a(.+?)b(.+?)c\Z` would, but in linear time: a regex takes minutes for a long text.
    """

    __slots__ = ("_between", "_first", "_last")

    def __init__(self, literals: list[str]) -> None:
        self._first, *self._between, self._last = literals

    def match(self, segment: str) -> tuple[str, ...] | None:
        """Return the values of the variables, None where the segment is of another shape."""
        first, last = self._first, self._last
        end = len(segment) - len(last)
        if not segment.startswith(first) or not segment.endswith(last):
            return None
        values: list[str] = []
        start = len(first)
        for literal in self._between:
            found = segment.find(literal, start + 1, end)
            if found < 0:
                return None
            values.append(segment[start:found])
            start = found + len(literal)
        return (*values, segment[start:end]) if start < end else None


@dataclass(slots=True)
class Node(Generic[Target]):
    """A place in the trie.

    Attributes:
        literals: Next segment -> node, for segments without variables.
        patterns: Segments with text beside variables: (shape, node).
        variable: The node below a segment that is one variable.
        methods: What stands here, by method: (target, names of the variables on the way).
        variants: What stands here only for requests with certain query fields, by method; the choosiest first.
    """

    literals: dict[str, Node[Target]] = field(default_factory=dict)
    patterns: dict[str, tuple[_Shape, Node[Target]]] = field(default_factory=dict)
    variable: Node[Target] | None = None
    methods: dict[str, tuple[Target, tuple[str, ...]]] = field(default_factory=dict)
    variants: dict[str, list[tuple[Conditions, tuple[Target, tuple[str, ...]]]]] = field(default_factory=dict)

    def add_variant(self, method: str, conditions: Conditions, found: tuple[Target, tuple[str, ...]]) -> None:
        """Let something stand here for requests with certain query fields."""
        variants = self.variants.setdefault(method, [])
        variants.append((conditions, found))
        variants.sort(key=lambda item: (-len(item[0]), -sum(value is not None for _, value in item[0])))

    def variant(self, method: str, query: bytes) -> tuple[Target, tuple[str, ...]] | None:
        """Return what stands here for requests with these query fields, None for nothing in particular."""
        variants = self.variants.get(method)
        if not variants:
            return None
        fields = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
        for conditions, found in variants:
            if all(name in fields and value in (None, fields[name]) for name, value in conditions):
                return found
        return None


@dataclass(frozen=True, slots=True)
class Match(Generic[Target]):
    """The place that a path leads to.

    Attributes:
        node: The place.
        values: The raw, still percent-encoded texts of the variables on the way.
    """

    node: Node[Target]
    values: tuple[str, ...]

    @property
    def allow(self) -> str:
        """The value of the `Allow` field: all methods that are served here."""
        methods = dict.fromkeys(self.node.methods)
        if "GET" in methods:
            methods.setdefault("HEAD")
        methods.setdefault("OPTIONS")
        return ", ".join(methods)


class PathTrie(Generic[Target]):
    """Path templates and what they stand for. Matching costs the length of the path, not the number of templates."""

    def __init__(self) -> None:
        self._root: Node[Target] = Node()
        self._exact: dict[str, Match[Target]] = {}

    def place(self, template: str) -> tuple[Node[Target], tuple[str, ...]]:
        """Return the node of a template, made if it is new, and the names of the template's variables.

        Templates that differ only in the names of their variables share a node.
        """
        node = self._root
        names: list[str] = []
        for segment in template.split("/")[1:]:
            found = _VARIABLE.findall(segment)
            names += found
            if not found:
                node = node.literals.setdefault(unquote(segment), Node())
            elif segment == f"{{{found[0]}}}":
                if node.variable is None:
                    node.variable = Node()
                node = node.variable
            else:
                node = self._pattern(node, segment)
        if not names:
            # What has no variables needs no walk: a literal path wins over every template.
            self._exact[template] = Match(node, ())
        return node, tuple(names)

    def _pattern(self, node: Node[Target], segment: str) -> Node[Target]:
        shape = _VARIABLE.sub("{}", segment)
        if shape not in node.patterns:
            # Every second piece is a variable's name.
            node.patterns[shape] = (_Shape(_VARIABLE.split(segment)[::2]), Node())
            # The longest text beside variables is the most specific.
            ordered = sorted(node.patterns.items(), key=lambda item: -len(item[0]))
            node.patterns = dict(ordered)
        return node.patterns[shape][1]

    def find(self, path: str) -> Match[Target] | None:
        """Return where a raw path leads, None if nowhere."""
        exact = self._exact.get(path)
        if exact is not None and exact.node.methods:
            return exact
        return self._walk(self._root, path.split("/"), 1, ())

    @staticmethod
    def _literal(node: Node[Target], segment: str) -> Node[Target] | None:
        """Return the node below a literal segment; `caf%C3%A9` is `café` (RFC 3986 section 6.2.2.2)."""
        return node.literals.get(unquote(segment) if "%" in segment else segment)

    def _walk(
        self,
        node: Node[Target],
        segments: list[str],
        index: int,
        values: tuple[str, ...],
    ) -> Match[Target] | None:
        if index == len(segments):
            return Match(node, values) if node.methods else None
        segment = segments[index]
        literal = self._literal(node, segment)
        if literal is not None and (found := self._walk(literal, segments, index + 1, values)) is not None:
            return found
        for pattern, child in node.patterns.values():
            match = pattern.match(segment)
            if (
                match is not None
                and (found := self._walk(child, segments, index + 1, (*values, *match))) is not None
            ):
                return found
        if node.variable is not None and segment:
            return self._walk(node.variable, segments, index + 1, (*values, segment))
        return None

    def depth(self, path: str) -> tuple[int, Node[Target]]:
        """Return how many segments of a path are known, and the last known node."""
        node, depth = self._root, 0
        for segment in path.split("/")[1:]:
            following = node.literals.get(segment) or node.variable
            if following is None:
                break
            node, depth = following, depth + 1
        return depth, node

    def is_literal(self, segment: str) -> bool:
        """Return whether some template begins with this segment as it stands."""
        return segment in self._root.literals


def targets(node: Node[Target]) -> Iterator[Target]:
    """Yield what stands at a node or anywhere below it."""
    for target, _ in node.methods.values():
        yield target
    children = [*node.literals.values(), *(child for _, child in node.patterns.values())]
    if node.variable is not None:
        children.append(node.variable)
    for child in children:
        yield from targets(child)
