"""What was probably meant by a request that the document does not have, or does not allow: for messages to people."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import unquote

from mockserver.document.model import Document, Operation
from mockserver.document.paths import split_template
from mockserver.errors import Json, Violation

_MOST: Final = 3
"""Operations that are named for one request."""
_FARTHEST: Final = 1.6
"""A path that is farther away than this many segments is not what was meant."""
_METHOD: Final = 0.25
"""How far away another method is."""
_ALIKE: Final = 0.6
"""From this likeness on (`difflib`, 0 to 1) a name may be a slip of another."""


def places(documents: Iterable[Document], method: str, path: str) -> tuple[str, ...]:
    """Return sentences that name the operations nearest to a method and path, the nearest first."""
    sent = _segments(path)
    found: list[tuple[float, int, str]] = []
    for document in documents:
        for operation in document.operations.values():
            best: tuple[float, list[str]] | None = None
            for base in dict.fromkeys(("", *operation.base_paths, f"/{document.name}")):
                template = _segments(split_template(base + operation.path)[0])
                if abs(len(template) - len(sent)) < _FARTHEST:
                    distance, steps = _path_distance(sent, template)
                    if best is None or distance < best[0]:
                        best = distance, steps
            if best is None or best[0] > _FARTHEST:
                continue
            distance, steps = best
            if operation.method != method:
                distance += _METHOD
                steps = [*steps, f"the method should be {operation.method}"]
            found.append((distance, len(found), f"{operation} ({operation.id}): {' and '.join(steps)}"))
    found.sort()
    # What is much farther away than the nearest is only noise.
    return tuple(text for distance, _, text in found[:_MOST] if distance <= found[0][0] + _METHOD)


def undeclared(
    document: Document, operation: Operation, fields: Mapping[str, Sequence[str]], typed: Mapping[str, Json]
) -> dict[str, Sequence[str]]:
    """Return the query fields that no parameter and no security scheme of an operation declares."""
    if any(parameter.place == "querystring" for parameter in operation.parameters):
        return {}
    known = {parameter.name for parameter in operation.parameters if parameter.place == "query"}
    known |= {scheme.parameter for scheme in document.security_schemes.values() if scheme.place == "query"}
    known |= {name for name, _ in split_template(operation.path)[1]}
    known |= {name for value in typed.values() if isinstance(value, dict) for name in value}
    return {
        name: texts
        for name, texts in fields.items()
        # `__code` and its like are for the mock itself.
        if name not in known and name.partition("[")[0] not in known and not name.startswith("__")
    }


def meanings(
    document: Document,
    operation: Operation,
    fields: Mapping[str, Sequence[str]],
    body: Json,
    violations: Sequence[Violation],
) -> tuple[str, ...]:
    """Return sentences on names that were sent and nearly are what the document declares, or what it misses."""
    declared = [parameter.name for parameter in operation.parameters if parameter.place == "query"]
    hints = []
    for name in undeclared(document, operation, fields, {}):
        meant = difflib.get_close_matches(name, declared, 1, _ALIKE)
        if meant:
            hints.append(f"query {name!r} is not declared; did you mean {meant[0]!r}?")
    for violation in violations:
        if violation.rule == "required" and violation.location[:1] == ("body",):
            hints += _misspelled(violation, body)
    return tuple(dict.fromkeys(hints))


def _misspelled(violation: Violation, body: Json) -> Iterator[str]:
    """Yield which member of a body may be the one that is missing."""
    parent = body
    *steps, missing = violation.location[1:] or (None,)
    for step in steps:
        try:
            parent = parent[step]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(parent, dict) and isinstance(missing, str):
        for name in difflib.get_close_matches(missing, [key for key in parent if key != missing], 1, _ALIKE):
            yield f"body has {name!r}, and {missing!r} is missing; is it a slip of the pen?"


def _segments(path: str) -> list[str]:
    return [unquote(segment) for segment in path.split("/")[1:]]


def _path_distance(sent: Sequence[str], template: Sequence[str]) -> tuple[float, list[str]]:
    """Return how far a path is from a template, in segments, and what leads from the one to the other.

    The distance of Levenshtein over segments; two that are alike are nearer to each other than others.
    """
    row: list[tuple[float, list[str]]] = [(0.0, [])]
    for wanted in template:
        distance, steps = row[-1]
        row.append((distance + 1, [*steps, f"{wanted!r} is missing"]))
    for segment in sent:
        too_much = f"{segment!r} is too much" if segment else "the slash at its end is too much"
        following = [(row[0][0] + 1, [*row[0][1], too_much])]
        for index, wanted in enumerate(template):
            cost, step = _segment_distance(segment, wanted)
            choices = (
                (row[index][0] + cost, [*row[index][1], *step]),
                (row[index + 1][0] + (1 if segment else 0.5), [*row[index + 1][1], too_much]),
                (following[index][0] + 1, [*following[index][1], f"{wanted!r} is missing"]),
            )
            following.append(min(choices, key=lambda choice: choice[0]))
        row = following
    return row[-1]


def _segment_distance(sent: str, wanted: str) -> tuple[float, list[str]]:
    if "{" in wanted:
        # Of two ways through a path, the one that has more of its literal segments.
        return (0.01, []) if sent else (1, [f"{wanted!r} is empty"])
    if sent == wanted:
        return 0, []
    if sent.lower() == wanted.lower():
        return 0.1, [f"{sent!r} should be {wanted!r}"]
    alike = difflib.SequenceMatcher(None, sent, wanted).ratio()
    return (1.5 - alike if alike >= _ALIKE else 1.7), [f"{sent!r} should be {wanted!r}"]
