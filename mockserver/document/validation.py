"""Validators compiled from a document's schemas, at first use, in a bounded cache. The door to jsonschema-rs."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import jsonschema_rs

from mockserver.document import pointer as ptr
from mockserver.document.dialect import HIDDEN, Direction, translate
from mockserver.document.formats import FORMATS
from mockserver.document.messages.discriminators import Meant, meant
from mockserver.document.structure import OBJECTS
from mockserver.document.weights import Weights
from mockserver.errors import Json, SchemaFault, Violation

CACHE_SIZE: Final = 2048
"""Validators of light schemas kept for each direction."""
LIGHT: Final = 60
"""Weight (`document.weights`) up to which a compiled schema is kept by whoever asked for it."""
HEAVIEST: Final = 120_000
"""Weight of all heavy compiled schemas that are kept for each direction, about 100 MB: each may hold a large part of
the document's graph, and all of them together gigabytes."""

LARGE: Final = 10_000
"""Members that a value may have so that all of its violations are looked for. In a larger one they may be millions,
each with its path and its words, which takes minutes: then the first is enough."""

MOST: Final = 200
"""Violations that are told of one value."""

_BACKTRACKING: Final = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000)
"""Patterns run in linear time, but for those that look around or back: they give up, and the text does not match."""

_URI: Final = "urn:mockserver:document"


class _Seen(NamedTuple):
    """What was judged, and the document that holds the schema."""

    value: Json
    document: Json


class Validator:
    """One compiled schema.

    Attributes:
        pointer: JSON pointer of the schema in its document.
        is_valid: `is_valid(value)`; the fastest question.
    """

    __slots__ = ("_compiled", "_document", "is_valid", "pointer")

    def __init__(
        self,
        pointer: str,
        compiled: Callable[[], jsonschema_rs.Validator],
        *,
        is_light: bool,
        document: Json = None,
    ) -> None:
        self.pointer = pointer
        self._document = document
        self._compiled = compiled
        self.is_valid: Callable[[Json], bool] = (
            compiled().is_valid if is_light else lambda value: compiled().is_valid(value)
        )

    def violations(self, value: Json, prefix: tuple[str | int, ...] = ()) -> list[Violation]:
        """Return the broken rules, at most `MOST`; locations begin with `prefix`.

        Of a value beyond `LARGE` only the first one that is found.
        """
        seen = _Seen(value, self._document)
        if is_large(value):
            try:
                self._compiled().validate(value)
            except jsonschema_rs.ValidationError as error:
                return list(islice(_explain(error, prefix, seen), MOST))
            return []
        found = (
            violation
            for error in self._compiled().iter_errors(value)
            for violation in _explain(error, prefix, seen)
        )
        return list(islice(found, MOST))


class Schemas:
    """The schemas of one document for one direction, as JSON Schema 2020-12 under their own pointers.

    Attributes:
        root: The whole translated document.
        direction: Request or response.
        derived: What others have made of these schemas, to be thrown away with them.
    """

    def __init__(self, document: dict[str, Json], *, legacy: bool, direction: Direction) -> None:
        self.direction = direction
        self.derived: dict[str, Any] = {}
        self.root = translate(document, legacy=legacy, direction=direction)
        # A document is no schema: what it holds beside its objects, `$id` for one, must not be taken for keywords.
        schemas = {key: value for key, value in self.root.items() if key in OBJECTS["document"]}
        self._registry = jsonschema_rs.Registry([(_URI, schemas)], draft=jsonschema_rs.Draft202012)
        self.validator = lru_cache(maxsize=CACHE_SIZE)(self._compile)
        self.resolve = lru_cache(maxsize=CACHE_SIZE)(self._resolve)
        self._weights = Weights(self.root)
        self._heavy: OrderedDict[str, tuple[jsonschema_rs.Validator, int]] = OrderedDict()
        self._heavy_weight = 0

    def at(self, pointer: str) -> Json:
        """Return the schema at a pointer.

        Raises:
            KeyError: There is none.
        """
        return ptr.lookup(self.root, pointer)

    @cached_property
    def hides(self) -> bool:
        """Whether any schema is marked as absent from messages of this direction."""
        mark, waiting = HIDDEN[self.direction], [self.root]
        while waiting:
            node: Any = waiting.pop()
            if isinstance(node, dict):
                if node.get(mark) is True:
                    return True
                waiting += node.values()
            elif isinstance(node, list):
                waiting += node
        return False

    def _resolve(self, pointer: str) -> tuple[str, Json]:
        """Follow a schema that is nothing but a `$ref`, and return the last pointer with its schema (use `resolve`).

        A schema with keywords beside `$ref` is returned as it is: the siblings count in JSON Schema.

        Raises:
            KeyError: A reference leads nowhere.
            ValueError: A reference is circular, or leads out of the document.
        """
        seen: set[str] = set()
        schema = self.at(pointer)
        while isinstance(schema, dict) and len(schema) == 1 and isinstance(schema.get("$ref"), str):
            if pointer in seen:
                raise ValueError(f"the reference at {pointer} leads to itself")
            seen.add(pointer)
            pointer = ptr.of_reference(schema["$ref"])
            schema = self.at(pointer)
        return pointer, schema

    def _compile(self, pointer: str) -> Validator:
        """Return the compiled schema at a pointer (use `validator`, which remembers it).

        Raises:
            SchemaFault: The schema cannot be compiled; validation is never dropped in silence.
        """
        weight = self._weights.of(pointer, HEAVIEST)
        if weight <= LIGHT:
            compiled = self._build(pointer)
            return Validator(pointer, lambda: compiled, is_light=True, document=self.root)
        self._keep(pointer, weight)
        return Validator(pointer, lambda: self._kept(pointer, weight), is_light=False, document=self.root)

    def _kept(self, pointer: str, weight: int) -> jsonschema_rs.Validator:
        """Return a heavy compiled schema, which is compiled again if others have displaced it."""
        found = self._heavy.get(pointer)
        if found is None:
            return self._keep(pointer, weight)
        self._heavy.move_to_end(pointer)
        return found[0]

    def _keep(self, pointer: str, weight: int) -> jsonschema_rs.Validator:
        compiled = self._build(pointer)
        self._heavy[pointer] = compiled, weight
        self._heavy_weight += weight
        while self._heavy_weight > HEAVIEST and len(self._heavy) > 1:
            _, (_, displaced) = self._heavy.popitem(last=False)
            self._heavy_weight -= displaced
        return compiled

    def _build(self, pointer: str) -> jsonschema_rs.Validator:
        return self._compiled({"$ref": f"{_URI}#{_quote(pointer)}"}, pointer)

    def many(self, pointers: Sequence[str]) -> Validator:
        """Return one validator for many schemas: of an object whose member "0" should fit the first of them...

        What schemas have in common is compiled once: for many of them this is many times faster. It is not kept.

        Raises:
            SchemaFault: One of them cannot be compiled.
        """
        members = {
            str(index): {"$ref": f"{_URI}#{_quote(pointer)}"} for index, pointer in enumerate(pointers)
        }
        pointer = pointers[0] if len(pointers) == 1 else ""
        compiled = self._compiled({"properties": members}, pointer)
        return Validator(pointer, lambda: compiled, is_light=True)

    def _compiled(self, schema: dict[str, Json], pointer: str) -> jsonschema_rs.Validator:
        try:
            return jsonschema_rs.Draft202012Validator(
                schema,
                registry=self._registry,
                validate_formats=True,
                formats=dict(FORMATS),
                pattern_options=_BACKTRACKING,
                offline=True,
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise SchemaFault(pointer, str(error).splitlines()[0]) from error


def standalone(schema: Json) -> Validator:
    """Return a compiled schema that needs nothing around it, in the dialect that its `$schema` names.

    Raises:
        SchemaFault: It cannot be compiled.
    """
    try:
        compiled = jsonschema_rs.validator_for(schema, validate_formats=True, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise SchemaFault("", str(error).splitlines()[0]) from error
    return Validator("", lambda: compiled, is_light=True)


@lru_cache(maxsize=1024)
def matcher(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether a pattern matches somewhere in a text, in the schemas' own language.

    Loading has seen to it that the pattern is one (`pattern_fault`).
    """
    compiled = jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=_BACKTRACKING)
    return compiled.is_valid


@lru_cache(maxsize=4096)
def pattern_fault(pattern: str) -> str | None:
    """Return why a text is no regular expression that schemas can use, None if it is one."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (jsonschema_rs.ValidationError, ValueError):
        try:
            re.compile(pattern)
        except (re.error, OverflowError, RecursionError) as error:
            return str(error)
        return "it is written in another language of regular expressions"
    return None


def is_large(value: Json, limit: int = LARGE) -> bool:
    """Return whether a value has more than `limit` members, at all levels together."""
    count, waiting = 0, [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict | list):
            count += len(found)
            if count > limit:
                return True
            waiting.extend(found.values() if isinstance(found, dict) else found)
    return False


@lru_cache(maxsize=4096)
def _place(path: tuple[str | int, ...]) -> str:
    return ptr.join("", *path)


def _quote(pointer: str) -> str:
    return quote(pointer, safe="/~:@!$&'()*+,;=-._")


def _explain(
    error: jsonschema_rs.ValidationError, prefix: tuple[str | int, ...], seen: _Seen
) -> Iterator[Violation]:
    """Turn a validator's error into violations; a missing property is located where it should stand."""
    kind = error.kind
    location = (*prefix, *error.instance_path)
    pointer = _place(tuple(error.schema_path))
    rule = kind.name
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield Violation((*location, kind.property), rule, f"'{kind.property}' is required", None, pointer)
    elif isinstance(
        kind,
        jsonschema_rs.ValidationErrorKind.AdditionalProperties
        | jsonschema_rs.ValidationErrorKind.UnevaluatedProperties,
    ):
        for name in kind.unexpected:
            yield Violation((*location, name), rule, f"property '{name}' is not allowed", None, pointer)
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.FalseSchema):
        # An object that may have no property at all is refused without saying which one it has.
        holder = _at(seen.value, error.instance_path) if pointer.endswith("/additionalProperties") else None
        for name in holder if isinstance(holder, dict) else ():
            yield Violation(
                (*location, name), "additionalProperties", f"property '{name}' is not allowed", None, pointer
            )
        if not isinstance(holder, dict):
            yield Violation(location, rule, "nothing is allowed here", error.instance, pointer)
    elif isinstance(
        kind, jsonschema_rs.ValidationErrorKind.AnyOf | jsonschema_rs.ValidationErrorKind.OneOfNotValid
    ):
        yield from _explain_branches(error, kind.context, prefix, pointer, seen)
    else:
        yield Violation(location, rule, _shorten(error.message), error.instance, pointer)


def _at(root: Json, path: Sequence[str | int]) -> Json:
    for token in path:
        # The name of a member that looks like a number comes as one.
        root = root[str(token) if isinstance(root, dict) else token]
    return root


def _explain_branches(
    error: jsonschema_rs.ValidationError,
    branches: list[list[jsonschema_rs.ValidationError]],
    prefix: tuple[str | int, ...],
    pointer: str,
    seen: _Seen,
) -> Iterator[Violation]:
    """Say what is wrong with the branch that is meant by the discriminator or came nearest, else that none fits.

    The nearest branch is the one whose errors lie deepest; a type that does not fit at the top is far away.
    """
    said = meant(seen.document, error.schema_path, error.instance)
    if said is not None:
        if said.branch is not None and said.branch < len(branches) and branches[said.branch]:
            for inner in branches[said.branch]:
                yield from _explain(inner, prefix, seen)
            return
        if said.branch is None:
            yield _unnamed(said, (*prefix, *error.instance_path), error.instance, pointer)
            return
    depth = len(error.instance_path)
    near = [
        branch
        for branch in branches
        if branch
        and not any(
            len(e.instance_path) == depth and e.kind.name in ("type", "const", "enum") for e in branch
        )
    ]
    if near:
        best = min(near, key=_distance)
        for inner in best:
            yield from _explain(inner, prefix, seen)
        return
    location = (*prefix, *error.instance_path)
    yield Violation(location, error.kind.name, _shorten(error.message), error.instance, pointer)


def _unnamed(said: Meant, location: tuple[str | int, ...], value: Json, pointer: str) -> Violation:
    """Return the violation of a value whose discriminator names no branch."""
    listed = _shorten(", ".join(said.names))
    place = (*location, said.property)
    if said.property not in value:
        message = f"'{said.property}' is required: it says which schema is meant, one of {listed}"
        return Violation(place, "required", message, None, pointer)
    seen = value[said.property]
    return Violation(
        place, "discriminator", _shorten(f"{seen!r} names no schema; one of {listed} does"), seen, pointer
    )


def _distance(branch: list[jsonschema_rs.ValidationError]) -> tuple[bool, int]:
    """Return how far a value is from a branch: one whose tag differs was hardly meant."""
    tagged = any(
        error.kind.name in ("const", "enum") and isinstance(error.instance_path[-1], str)
        for error in branch
        if error.instance_path
    )
    return tagged, len(branch)


def _shorten(message: str, limit: int = 300) -> str:
    """Return a message whose middle, which is the value that was seen, is left out where it is long."""
    return message if len(message) <= limit else f"{message[: limit - 103]}...{message[-100:]}"
