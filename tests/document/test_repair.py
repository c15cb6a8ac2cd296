"""A schema that breaks the rules loses one keyword, and keeps the others."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.document.loading.repair import _RULES, repair
from mockserver.document.structure import SCHEMA_FIELDS, SCHEMA_LISTS, SCHEMA_MAPS

from .conftest import with_schemas


def repaired(schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return a mended schema, and the keywords that were reported."""
    reported: list[str] = []
    repair(schema, lambda key, *_: reported.append(key))
    return schema, reported


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ({"type": "int"}, {"type": "integer"}),
        ({"type": "String"}, {"type": "string"}),
        ({"type": "datetime"}, {"type": "string", "format": "date-time"}),
        ({"type": "date", "format": "x"}, {"type": "string", "format": "x"}),
        ({"type": "any"}, {}),
        ({"type": ["string", "any"]}, {}),
        ({"type": ["str", "null"]}, {"type": ["string", "null"]}),
        ({"type": []}, {}),
        ({"type": None}, {"type": "null"}),
        ({"type": {"a": 1}}, {}),
        ({"required": True}, {}),
        ({"required": ["a", 1, "a"]}, {"required": ["a"]}),
        ({"enum": []}, {}),
        ({"enum": "a"}, {}),
        ({"minLength": "3"}, {"minLength": 3}),
        ({"minLength": -1}, {}),
        ({"maxItems": 1.5}, {}),
        ({"minimum": "1.5"}, {"minimum": 1.5}),
        ({"minimum": "low"}, {}),
        ({"multipleOf": 0}, {}),
        ({"uniqueItems": "true"}, {"uniqueItems": True}),
        ({"uniqueItems": 1}, {}),
        ({"pattern": "("}, {}),
        ({"pattern": "/^a$/"}, {"pattern": "^a$"}),
        ({"pattern": "/^a$/i"}, {"pattern": "(?i)^a$"}),
        ({"pattern": 5}, {}),
        ({"properties": []}, {}),
        ({"allOf": {"type": "string"}}, {"allOf": [{"type": "string"}]}),
        ({"anyOf": []}, {}),
        ({"oneOf": [None, {}]}, {"oneOf": [{}]}),
        ({"items": None}, {}),
        ({"additionalProperties": None}, {}),
        ({"patternProperties": {"(": {}, "a": {}}}, {"patternProperties": {"a": {}}}),
        ({"discriminator": 5}, {}),
        ({"$ref": 5}, {}),
        ({"format": None}, {}),
        ({"prefixItems": []}, {}),
    ],
)
def test_keyword_that_cannot_be_used_is_read_as_meant_or_dropped(broken: Any, mended: Any) -> None:
    (keyword,) = [key for key in broken if key != "format" or len(broken) == 1]

    assert repaired(broken) == (mended, [keyword])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "file"}, {"type": "string", "format": "binary"}),
        ({"discriminator": "kind"}, {"discriminator": {"propertyName": "kind"}}),
        ({"items": [{}], "additionalItems": False}, {"prefixItems": [{}], "items": False}),
        ({"dependencies": {"a": ["b"]}}, {"dependentRequired": {"a": ["b"]}}),
        ({"dependencies": {"a": {"type": "object"}}}, {"dependentSchemas": {"a": {"type": "object"}}}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"exclusiveMaximum": True}, {}),
    ],
)
def test_words_of_older_dialects_are_said_in_the_new_one(old: Any, new: Any) -> None:
    assert repaired(old) == (new, [])


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-2, 2)
    | st.sampled_from(["", "a", "(", "any", "string"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "(", "type"]), inner, max_size=3)
    ),
    max_leaves=5,
)
_KEYWORDS = sorted({*_RULES, *SCHEMA_FIELDS, *SCHEMA_LISTS, *SCHEMA_MAPS, "type", "items", "dependencies"})


@given(st.dictionaries(st.sampled_from(_KEYWORDS), _ANYTHING, max_size=5))
def test_schema_of_any_rubbish_compiles_once_it_is_loaded(schema: dict[str, Any]) -> None:
    for version in ("3.0.3", "3.1.0"):
        model = with_schemas(version=version, It=schema)

        assert model.response_schemas.validator("/components/schemas/It").is_valid({"a": 1}) in (True, False)
        assert model.request_schemas.validator("/components/schemas/It").violations("a") is not None
