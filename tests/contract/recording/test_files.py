"""Lists of YAML, item by item: what is written is read back, and merging keeps what a hand has done."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.recording.blocks import Block, Listed, block_of, merged, taken_apart
from mockserver.document.loading import yamltext

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.text(min_size=1, max_size=10), VALUES, min_size=1, max_size=4)


def key_of(value: Any) -> str:
    return str(value.get("id"))


def block(**value: Any) -> Block:
    found = block_of(value, key_of)
    assert found is not None
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(RECORDS, max_size=4))
def test_list_that_is_written_is_read_back_as_it_was(records: list[dict[str, Any]]) -> None:
    blocks = [found for record in records if (found := block_of(record, key_of)) is not None]
    text = "# A head.\n\n" + "".join(item.text for item in blocks)
    listed = taken_apart(text, key_of)

    assert len(blocks) == len(records)
    assert (yamltext.loads(text) or []) == records
    assert listed is not None
    assert list(listed.values) == records
    assert [item.text for item in listed.blocks] == [item.text for item in blocks]
    assert listed.head.startswith("# A head.")


KEYED = st.dictionaries(
    st.integers(min_value=0, max_value=4), st.integers(min_value=0, max_value=2), max_size=4
)


def blocks_of(state: dict[int, int]) -> list[Block]:
    return [block(id=id, value=value) for id, value in state.items()]


def state_of(text: str) -> dict[int, int]:
    return {item["id"]: item["value"] for item in yamltext.loads(text) or []}


@given(
    first=KEYED, hand=KEYED, removed=st.sets(st.integers(0, 4)), second=KEYED, gone=st.sets(st.integers(0, 4))
)
def test_merging_follows_the_recording_but_for_what_a_hand_has_done(
    first: dict[int, int], hand: dict[int, int], removed: set[int], second: dict[int, int], gone: set[int]
) -> None:
    before = merged(Listed("# Mine.\n\n"), blocks_of(first), {}, set())
    edited = {id: value for id, value in ({**first, **hand}).items() if id not in removed}
    old = taken_apart("# Mine.\n\n" + "".join(item.text for item in blocks_of(edited)), key_of)
    assert old is not None

    after = merged(old, blocks_of(second), before.lock, {str(id) for id in gone - second.keys()})
    found = state_of(after.text)

    for id in {*first, *edited, *second}:
        if id in edited and edited.get(id) != first.get(id):
            assert found[id] == edited[id]  # a hand has changed or added it
        elif id in first and id not in edited:
            assert id not in found  # a hand has removed it
        elif id in second:
            assert found[id] == second[id]
        else:
            assert (id in found) == (id not in gone)
    again = taken_apart(after.text, key_of)
    assert again is not None
    assert merged(again, blocks_of(second), after.lock, set()).text == after.text


@pytest.mark.parametrize(
    "text",
    [
        "- a: 1\n- - nested\n\n# end\n",
        "# only a comment\n",
        "",
        "---\n- id: 1\n",
        "- id: 1\n  b: |\n    # text\n    - x\n",
    ],
)
def test_file_that_is_a_list_is_taken_apart_and_put_together_the_same(text: str) -> None:
    listed = taken_apart(text, lambda value: str(value))

    assert listed is not None
    assert yamltext.loads(listed.head + "".join(item.text for item in listed.blocks)) == yamltext.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "[{id: 1}]\n",
        "a: 1\n",
        "- id: 1\nb: 2\n",
        "  - id: 1\n",
        "- id: [\n",
        "- a: &x 1\n- b: *x\n",
    ],
)
def test_file_that_is_laid_out_otherwise_is_not_touched(text: str) -> None:
    assert taken_apart(text, key_of) is None
