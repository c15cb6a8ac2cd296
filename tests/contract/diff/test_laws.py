"""Laws that hold for all schemas: nothing changes against itself, and what is called safe is safe by a validator."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, assume, given, settings

from mockserver import bundled
from mockserver.contract.diff import equality
from mockserver.contract.diff.comparing import compare
from mockserver.document import builder
from mockserver.document.model import Document
from mockserver.errors import CannotGenerate
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator

from .samples import TODAY, changes, document, root

EXAMPLES = 120
"""Hypothesis tries so many pairs of schemas; twenty times as many found nothing more."""

SCALARS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("string")},
        optional={
            "minLength": st.integers(0, 4),
            "maxLength": st.integers(4, 9),
            "pattern": st.sampled_from(["^a", "b$", ".*"]),
        },
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": st.integers(-9, 0),
            "exclusiveMinimum": st.integers(-9, 0),
            "maximum": st.integers(1, 9),
            "exclusiveMaximum": st.integers(2, 9),
            "multipleOf": st.sampled_from([1, 2, 4, 3]),
            "format": st.sampled_from(["int32", "int64"]),
        },
    ),
    st.fixed_dictionaries({"type": st.just("boolean")}),
    st.fixed_dictionaries(
        {"enum": st.lists(st.sampled_from(["a", "b", 1, 2, None, True]), min_size=1, max_size=3)}
    ),
    st.fixed_dictionaries({"const": st.sampled_from(["a", 1, None])}),
    st.fixed_dictionaries(
        {"type": st.lists(st.sampled_from(["string", "integer", "null"]), min_size=1, unique=True)}
    ),
    st.just({}),
)
"""Plain schemas, now and then with bounds that leave nothing."""


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["a", "b", "c"])
    return st.one_of(
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(names, inner, max_size=3)},
            optional={
                "required": st.lists(names, unique=True, max_size=2),
                "additionalProperties": st.one_of(st.booleans(), inner),
                "minProperties": st.integers(0, 2),
                "maxProperties": st.integers(2, 4),
                "dependentRequired": st.just({"a": ["b"]}),
            },
        ),
        st.fixed_dictionaries(
            {"type": st.just("array")},
            optional={
                "items": inner,
                "prefixItems": st.lists(inner, min_size=1, max_size=2),
                "minItems": st.integers(0, 2),
                "maxItems": st.integers(2, 4),
                "uniqueItems": st.booleans(),
            },
        ),
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
    )


SCHEMAS = st.recursive(SCALARS, nested, max_leaves=5)


def one_place(schema: Any, draw: Any) -> Any:
    """Return a copy in which one place is another schema: most versions have much in common."""
    copied = copy.deepcopy(schema)
    holders: list[tuple[Any, Any]] = [([copied], 0)]
    first = holders[0][0]
    for holder, key in holders:
        node = holder[key]
        if isinstance(node, dict):
            holders += [(node["properties"], name) for name in node.get("properties", {})]
            holders += [(node, word) for word in ("items",) if word in node]
            holders += [
                (node[word], index)
                for word in ("allOf", "anyOf", "prefixItems")
                for index in range(len(node.get(word, [])))
            ]
    holder, key = draw(st.sampled_from(holders))
    node = holder[key]
    if isinstance(node, dict) and draw(st.booleans()):
        holder[key] = {**node, **draw(SCALARS)}
    else:
        holder[key] = draw(SCHEMAS)
    return first[0]


TEXTS = ["", "a", "b", "ab", "abcde", "xyzxyzxyzxyz"]
NUMBERS: list[Any] = [-10, -1, 0, 1, 2, 3, 4, 6, 9, 10, 12, 0.5, 2**31, 2**63, -(2**31) - 1]
PLAIN: list[Any] = [None, True, False, *TEXTS, *NUMBERS]
FEW: list[Any] = [None, True, "a", "abcde", 0, 2, 10, 0.5]
ARRAYS: list[Any] = [
    [],
    *([x] for x in FEW),
    *([x, y] for x in FEW for y in FEW[1:5]),
    [1, 2, 3],
    list("abcde"),
]
OBJECTS: list[Any] = [
    {},
    *({name: x} for name in "abcx" for x in FEW),
    *({"a": x, "b": y} for x in FEW for y in FEW[1:5]),
    {"a": "a", "b": 1, "c": None},
    {"a": 1, "b": "b", "c": "a", "x": 0, "y": 1},
]
DEEP: list[Any] = [
    *({"a": x} for x in (*ARRAYS[:12], *OBJECTS[:12])),
    *([x] for x in (*ARRAYS[:12], *OBJECTS[:12])),
]
POOL: list[Any] = [*PLAIN, *ARRAYS, *OBJECTS, *DEEP]
"""Values near the bounds that the schemas above have; the generator adds some that are made for them."""


def judged(made: Document, *, is_request: bool) -> tuple[Any, list[Any]]:
    """Return the validator of a document's body, and values that it takes."""
    operation = next(iter(made.operations.values()))
    if is_request:
        assert operation.request_body is not None
        schemas, content = made.request_schemas, operation.request_body.content
    else:
        schemas, content = made.response_schemas, operation.responses["200"].content
    pointer = content["application/json"].schema or ""
    validator = schemas.validator(pointer)
    values = [value for value in POOL if validator.is_valid(value)]
    generator = Generator(schemas, Dice(0))
    for key in ("1", "2") if values else ():
        with contextlib.suppress(CannotGenerate):
            value = generator.value(pointer, key=(key,))
            values += [value] if validator.is_valid(value) else []
    return validator, values


def declared(schema: Any) -> set[str]:
    """Return the names of all properties that a schema declares."""
    if isinstance(schema, list):
        return {name for part in schema for name in declared(part)}
    if not isinstance(schema, dict):
        return set()
    own = {*schema["properties"]} if isinstance(schema.get("properties"), dict) else set()
    return own | {name for part in schema.values() for name in declared(part)}


def names_in(value: Any) -> set[str]:
    """Return the names of all properties in a value."""
    if isinstance(value, dict):
        return {*value, *(name for member in value.values() for name in names_in(member))}
    return {name for item in value for name in names_in(item)} if isinstance(value, list) else set()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_request_that_was_valid_is_valid_after_safe_changes(data: st.DataObject) -> None:
    """By jsonschema-rs, which knows nothing of our rules."""
    before = data.draw(SCHEMAS)
    after = one_place(before, data.draw)
    old, new = root("request-body", before), root("request-body", after)
    found = changes(old, new)
    assume(all(change.verdict == "safe" for change in found))
    # What was not declared could have any value in an open object; nobody counts on clients that send such things.
    fresh = declared(after) - declared(before)

    _, values = judged(document(old), is_request=True)
    validator, _ = judged(document(new), is_request=True)

    refused = [value for value in values if not names_in(value) & fresh and not validator.is_valid(value)]
    assert refused == [], f"{before} -> {after}: {[change.id for change in found]}"


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_answer_that_is_valid_was_valid_before_safe_changes(data: st.DataObject) -> None:
    before = data.draw(SCHEMAS)
    after = one_place(before, data.draw)
    old, new = root("response-body", before), root("response-body", after)
    found = changes(old, new)
    assume(all(change.verdict == "safe" for change in found))

    validator, _ = judged(document(old), is_request=False)
    _, values = judged(document(new), is_request=False)

    surprising = [value for value in values if not validator.is_valid(value)]
    assert surprising == [], f"{before} -> {after}: {[change.id for change in found]}"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(SCHEMAS)
def test_schema_does_not_differ_from_itself(schema: Any) -> None:
    """Also when it is compared, and not only found to be equal word for word."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(equality.Equality, "same", lambda *_: False)
        for at in ("request-body", "response"):
            assert changes(root(at, schema), root(at, schema)) == []


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(SCHEMAS)
def test_schema_in_a_component_is_the_schema(schema: Any) -> None:
    apart = root("request", {"$ref": "#/components/schemas/Apart"})
    apart["components"]["schemas"] = {"Apart": schema}

    assert changes(root("request", schema), apart) == []
    assert changes(apart, root("request", schema)) == []


# Whole documents.


CORPUS = Path(os.environ.get("MOCKSERVER_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")
LARGEST = 300_000


def documents() -> list[Path]:
    """Return the bundled documents, and the smaller ones of the corpus if there is one beside the checkout."""
    readme = CORPUS / "README.md"
    text = readme.read_text() if readme.is_file() else ""
    paths = [
        CORPUS / path for path in re.findall(r"^\| [\w.-]+ \| (\S+\.(?:json|ya?ml)) ", text, re.MULTILINE)
    ]
    return [*bundled.documents(), *(path for path in paths if path.stat().st_size < LARGEST)]


def scrambled(node: Any, names: dict[str, str]) -> Any:
    """Return a document with all members in another order, and components by other names."""
    if isinstance(node, dict):
        items = sorted(node.items(), key=lambda item: item[0][::-1])
        return {key: scrambled(value, names) for key, value in items}
    if isinstance(node, list):
        return [scrambled(item, names) for item in node]
    if isinstance(node, str) and node.startswith("#/components/schemas/"):
        head, _, rest = node.removeprefix("#/components/schemas/").partition("/")
        return f"#/components/schemas/{names.get(head, head)}{'/' + rest if rest else ''}"
    return node


@pytest.mark.slow
@pytest.mark.parametrize("path", documents(), ids=lambda path: path.stem)
def test_real_document_differs_from_itself_in_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With each schema compared, also where it is equal word for word."""
    monkeypatch.setattr(equality.Equality, "same", lambda *_: False)
    assert compare(builder.load(path), builder.load(path), TODAY).changes == ()


@pytest.mark.slow
@pytest.mark.parametrize("path", documents(), ids=lambda path: path.stem)
def test_real_document_in_another_order_with_other_names_is_the_same(path: Path) -> None:
    read = builder.load(path)
    components = read.root.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    if not isinstance(schemas, dict) or "discriminator" in json.dumps(read.root):
        # Without a mapping, the names of components are themselves the tags of a discriminator.
        schemas = {}
    names = {name: f"Other{number}" for number, name in enumerate(schemas)}
    other = scrambled(read.root, names)
    if names:
        other["components"]["schemas"] = {
            names[name]: value for name, value in other["components"]["schemas"].items()
        }
    other["openapi"] = read.version if read.version.startswith("3") else "3.0.3"

    assert compare(read, builder.build(other, path), TODAY).changes == ()
