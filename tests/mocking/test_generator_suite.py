"""The JSON Schema Test Suite as food for the generator, judged by an independent validator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.document.dialect import Direction
from mockserver.document.validation import Schemas
from mockserver.errors import MockserverError
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator
from tests.mocking.json_schema_suite import Bundle, Case, cases, fetch, is_openapi_3_0, judge_of, remotes

POINTER = "/components/schemas/Root"
KEYS = [("things", str(number)) for number in range(20)]
FLOORS = {
    "draft2020-12": (400, 0.995),
    "draft2019-09": (400, 1.0),
    "draft7": (290, 1.0),
    "draft6": (250, 1.0),
    "draft4": (185, 1.0),
    "draft4 as OpenAPI 3.0": (130, 0.99),
}
"""Schemas of each draft that must be there, and the share of which each of 20 values must be valid."""
DYNAMIC = "where it leads depends on the way that led there, and no single `$ref` can say that"
KNOWN_MISSES = {
    ("draft2020-12", "dynamicRef: multiple dynamic paths to the $dynamicRef keyword"): DYNAMIC,
    ("draft2020-12", "dynamicRef: after leaving a dynamic scope, it is not used by a $dynamicRef"): DYNAMIC,
    (
        "draft4 as OpenAPI 3.0",
        "refRemote: Location-independent identifier in remote ref",
    ): "it is named by an `id`, which OpenAPI 3.0 does not have",
}
"""Schemas that get no valid value, with the reason. What is not here and fails, or is here and does not, is news."""


@pytest.fixture(scope="module")
def suite() -> Path:
    return fetch()


@pytest.fixture(scope="module")
def others(suite: Path) -> dict[str, Any]:
    return remotes(suite)


def miss_of(case: Case, others: dict[str, Any], *, legacy: bool) -> str | None:
    """Return what is wrong with the values of a case, or nothing."""
    document = Bundle(case, others, legacy=legacy).document
    judge = judge_of(case, others)

    def make_generator() -> Generator:
        return Generator(Schemas(document, legacy=legacy, direction=Direction.RESPONSE), Dice(0))

    generator = make_generator()
    try:
        values = [generator.value(POINTER, key=key) for key in KEYS]
    except MockserverError as error:
        return str(error)
    again = make_generator()
    if [again.value(POINTER, key=key) for key in reversed(KEYS[:3])] != values[2::-1]:
        return "the same seed gives other values"
    return next((f"{value!r}: {fault}" for value in values if (fault := judge(value)) is not None), None)


@pytest.mark.slow
@pytest.mark.parametrize("name", FLOORS)
def test_generator_satisfies_the_schemas_of_the_json_schema_test_suite(
    name: str, suite: Path, others: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    draft, _, form = name.partition(" ")
    legacy = bool(form)
    food = [case for case in cases(suite, draft) if not legacy or is_openapi_3_0(case.schema)]
    misses = {
        case.name: fault for case in food if (fault := miss_of(case, others, legacy=legacy)) is not None
    }
    rate = 1 - len(misses) / len(food)
    with capsys.disabled():
        print(f"\n{name:24} {len(food):4} schemas  {len(food) - len(misses):4} satisfied  {rate:7.2%}")

    assert misses.keys() == {miss for at, miss in KNOWN_MISSES if at == name}, misses
    least, floor = FLOORS[name]
    assert len(food) >= least
    assert rate >= floor
