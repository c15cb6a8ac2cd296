"""Any sequence of creates, puts, patches and deletions: items and lists agree, and what is gone stays gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mockserver.document import plan_file
from mockserver.errors import Json, Refusal, RefusalKind
from mockserver.mocking.changes import is_json_patch

from .conftest import TEXT, Api, answering, build_document, closed, ref, taking

NOTE = closed(
    {
        "key": TEXT,
        "title": {"type": ["string", "null"]},
        "data": {"type": "object"},
        "owner": {**TEXT, "readOnly": True},
        "changes": {"type": "integer"},
    },
    "key",
)
ONE = [{"name": "key", "in": "path", "required": True, "schema": TEXT}]
BODY = taking({})
DOCUMENT = build_document(
    {
        "/notes": {
            "get": {"operationId": "list", "responses": answering({"type": "array", "items": ref("Note")})},
            "post": {
                "operationId": "create",
                "requestBody": BODY,
                "responses": answering(ref("Note"), "201"),
            },
        },
        "/notes/{key}": {
            "parameters": ONE,
            "get": {"operationId": "get", "responses": answering(ref("Note"))},
            "put": {"operationId": "upsert", "requestBody": BODY, "responses": answering(ref("Note"))},
            "patch": {"operationId": "update", "requestBody": BODY, "responses": answering(ref("Note"))},
            "delete": {"operationId": "delete", "responses": answering(None, "204")},
        },
    },
    Note=NOTE,
)
ACTIONS = ("list", "create", "get", "upsert", "update", "delete")
PLAN = plan_file.build(
    {
        "plan": "1",
        "resources": {
            "notes": {
                "schema": "Note",
                "id": {"property": "key", "client": True},
                "fields": {"owner": {"create": "me"}, "changes": {"write": {"next": ["key"]}}},
            }
        },
        "operations": {name: {"action": name, "resource": "notes"} for name in ACTIONS},
    },
    DOCUMENT,
    Path("p"),
)
KEYS = st.sampled_from(["a", "b", "c", "7"])
TITLES = st.none() | st.sampled_from(["x", "y"])
DATA = st.dictionaries(st.sampled_from("pq"), st.none() | st.integers(0, 2) | st.just({"r": 1}), max_size=2)


def merge(target: Json, patch: Json) -> Json:
    """Merge as RFC 7396 says."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


class Notes(RuleBasedStateMachine):
    """The engine beside a model: a dictionary, and the keys that are used up."""

    def __init__(self) -> None:
        super().__init__()
        self.api = Api(DOCUMENT, PLAN)
        self.notes: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()
        self.tags: dict[str, str] = {}

    def refused(self, operation: str, **parameters: Any) -> RefusalKind | None:
        """Return why a request is refused, None where it is not."""
        try:
            self.api.answer(operation, **parameters)
        except Refusal as refusal:
            return refusal.kind
        return None

    @rule(key=KEYS, title=TITLES, data=DATA)
    def create(self, key: str, title: str | None, data: dict[str, Any]) -> None:
        body = {"key": key, "title": title, "data": data, "owner": "somebody", "changes": 99}
        refusal = self.refused("create", body=body)
        if key in self.notes or key in self.gone:
            assert refusal is RefusalKind.CONFLICT
        else:
            assert refusal is None
            self.notes[key] = {"key": key, "title": title, "data": data, "owner": "me", "changes": 1}

    @rule(key=KEYS, title=TITLES)
    def put(self, key: str, title: str | None) -> None:
        refusal = self.refused("upsert", key=key, body={"title": title, "owner": "somebody"})
        if key in self.gone:
            assert refusal is RefusalKind.CONFLICT
            return
        assert refusal is None
        changes = self.notes.get(key, {}).get("changes", 0) + 1
        self.notes[key] = {"key": key, "title": title, "owner": "me", "changes": changes}

    @rule(key=KEYS, patch=st.fixed_dictionaries({}, optional={"title": TITLES, "data": DATA, "key": KEYS}))
    def patch(self, key: str, patch: dict[str, Any]) -> None:
        assert not is_json_patch(patch, "")
        refusal = self.refused("update", key=key, body=patch)
        if key not in self.notes:
            assert refusal is RefusalKind.NOT_FOUND
            return
        assert refusal is None
        note = self.notes[key]
        for name in patch.keys() & {"title", "data"}:
            note[name] = patch[name] if name == "title" else merge(note.get("data"), patch["data"])
        note["changes"] += 1

    @rule(key=KEYS, title=TITLES)
    def json_patch(self, key: str, title: str | None) -> None:
        operations = [
            {"op": "add", "path": "/title", "value": title},
            {"op": "test", "path": "/key", "value": "a"},
        ]
        refusal = self.refused("update", key=key, body=operations)
        if key not in self.notes:
            assert refusal is RefusalKind.NOT_FOUND
        elif key != "a":
            assert refusal is RefusalKind.WRONG_STATE
        else:
            self.notes[key]["title"] = title
            self.notes[key]["changes"] += 1

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        refusal = self.refused("delete", key=key)
        if key in self.notes:
            assert refusal is None
            del self.notes[key]
            self.gone.add(key)
        else:
            assert refusal is RefusalKind.NOT_FOUND

    @invariant()
    def items_and_lists_agree(self) -> None:
        listed = self.api("list")
        assert {note["key"]: note for note in listed} == self.notes
        for key, note in self.notes.items():
            answer = self.api.answer("get", key=key)
            assert answer.body == note
            tag, version = answer.headers["ETag"], f"{key}{note['changes']}"
            assert self.tags.setdefault(version, tag) == tag
        assert len(set(self.tags.values())) == len(self.tags)

    @invariant()
    def what_is_gone_stays_gone(self) -> None:
        for key in self.gone:
            assert self.refused("get", key=key) is RefusalKind.NOT_FOUND


TestNotes = Notes.TestCase
TestNotes.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
