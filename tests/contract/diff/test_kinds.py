"""Every kind of change has the verdict of the table, and that of oasdiff or a reason why not."""

from __future__ import annotations

from typing import Any

import pytest

from .samples import changes, load, root, told, version_of

ROWS: list[dict[str, Any]] = load("kinds.yaml")
LEVELS = {"ERR": "breaking", "WARN": "dangerous", "INFO": "safe"}

FAMILIES = {
    # Keyword -> its name in ids, type, a lower and a higher value, whether it is an upper bound.
    "maxLength": ("max-length", "string", 5, 9, True),
    "minLength": ("min-length", "string", 5, 9, False),
    "maxItems": ("max-items", "array", 5, 9, True),
    "minItems": ("min-items", "array", 5, 9, False),
    "maxProperties": ("max-properties", "object", 5, 9, True),
    "minProperties": ("min-properties", "object", 5, 9, False),
    "maximum": ("max", "number", 5, 9, True),
    "minimum": ("min", "number", 5, 9, False),
    "exclusiveMaximum": ("exclusive-max", "number", 5, 9, True),
    "exclusiveMinimum": ("exclusive-min", "number", 5, 9, False),
}
BOUNDS = [
    (at, keyword, action)
    for at in ("request", "request-body", "parameter", "response", "response-body", "header")
    for keyword in FAMILIES
    for action in ("set", "unset", "increased", "decreased")
]


def name_of(row: dict[str, Any]) -> str:
    return f"{row['at']}: {row['name']}"


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_kind_of_change_has_its_id_and_verdict(row: dict[str, Any]) -> None:
    version = min(version_of(row["old"]), version_of(row["new"]))
    found = changes(
        root(row["at"], row["old"], version),
        root(row["at"], row["new"], version),
        deprecation_days=row.get("days", 0),
    )
    assert told(found) == {(row["id"], row["verdict"]), *(tuple(other) for other in row.get("also", []))}


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_kind_of_change_differs_from_oasdiff_only_for_a_reason(row: dict[str, Any]) -> None:
    if row["theirs"] == "none":
        assert "why" not in row
        return
    theirs, level = row["theirs"] if isinstance(row["theirs"], list) else (row["id"], row["theirs"])
    differs = theirs != row["id"] or LEVELS[level] != row["verdict"]
    assert differs is ("why" in row)


@pytest.mark.parametrize(("at", "keyword", "action"), BOUNDS)
def test_bound_that_moves_breaks_whoever_is_held_to_less_or_given_more(
    at: str, keyword: str, action: str
) -> None:
    name, kind, low, high, is_upper = FAMILIES[keyword]
    plain = {"type": kind}
    steps = {
        "set": (plain, {**plain, keyword: low}),
        "unset": ({**plain, keyword: low}, plain),
        "increased": ({**plain, keyword: low}, {**plain, keyword: high}),
        "decreased": ({**plain, keyword: high}, {**plain, keyword: low}),
    }
    narrows = {"set": True, "unset": False, "increased": not is_upper, "decreased": is_upper}[action]
    is_request = at in ("request", "request-body", "parameter")
    scope = {"parameter": "request-parameter", "header": "response-header"}.get(
        at, at if at.endswith("body") else f"{at}-property"
    )

    (found,) = changes(*(root(at, schema) for schema in steps[action]))

    assert found.id == f"{scope}-{name}-{action}"
    # As oasdiff has it, which derives set and unset from the same law.
    assert found.verdict == ("breaking" if narrows is is_request else "safe")


def test_table_has_more_kinds_than_anybody_asked_for() -> None:
    assert len({row["id"] for row in ROWS}) >= 120
    assert len({name_of(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_change_back_has_the_opposite_effect(row: dict[str, Any]) -> None:
    """What only narrows one way never only narrows the other way, so that one of them is safe or both differ."""
    version = min(version_of(row["old"]), version_of(row["new"]))
    old, new = (root(row["at"], row[side], version) for side in ("old", "new"))

    there, back = changes(old, new), changes(new, old)

    assert back or {change.effect for change in there} == {"violates"}
    effects = {change.effect for change in there}, {change.effect for change in back}
    for effect in ("narrows", "widens"):
        assert effects != ({effect}, {effect})
