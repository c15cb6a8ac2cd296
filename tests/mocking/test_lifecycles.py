"""States that the clock moves: it makes no difference who looks, when, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.mocking.kinds import DUE

from .conftest import TEXT, Api, answering, closed, ref, taking

MakeApi = Callable[..., Api]
PATHS: dict[str, Any] = {
    "/jobs": {
        "post": {"operationId": "create", "requestBody": taking({}), "responses": answering(ref("Job"))},
        "get": {"operationId": "list", "responses": answering({"type": "array", "items": ref("Job")})},
    },
    "/jobs/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "get": {"operationId": "get", "responses": answering(ref("Job"))},
        "patch": {"operationId": "update", "requestBody": taking({}), "responses": answering(ref("Job"))},
    },
}
JOB = closed({"id": TEXT, "status": TEXT, "changed": TEXT, "count": {"type": "integer"}})
CHAIN = [{"from": "a", "to": "b", "after": 5}, {"from": "b", "to": "c", "after": "10s"}]
ROUND = [{"from": "a", "to": "b", "after": 5}, {"from": "b", "to": "a", "after": 5}]


@pytest.fixture(scope="module")
def make_jobs() -> Callable[[list[Any]], Api]:
    """Makes an API of jobs whose clock moves them in this way."""
    from pathlib import Path

    from mockserver.document import plan_file

    from .conftest import build_document

    document = build_document(PATHS, Job=JOB)

    def make(moves: list[Any]) -> Api:
        jobs = {
            "schema": "Job",
            "id": {"make": "j{n}"},
            "fields": {"changed": {"write": "$now"}, "count": {"write": {"next": ["id"]}}},
            "lifecycle": {"property": "status", "initial": "a", "clock": moves},
        }
        actions = {"create": "create", "list": "list", "get": "get", "update": "update"}
        operations = {name: {"action": action, "resource": "jobs"} for name, action in actions.items()}
        raw = {"plan": "1", "resources": {"jobs": jobs}, "operations": operations}
        return Api(document, plan_file.build(raw, document, Path("p")))

    return make


def pass_time(api: Api, seconds: float) -> None:
    clock = api.world.clock
    clock.advance(timedelta(seconds=seconds))


def test_record_moves_at_the_instant_at_which_it_is_due(make_jobs: Callable[[list[Any]], Api]) -> None:
    api = make_jobs(CHAIN)
    api("create", body={})

    pass_time(api, 4.999)
    assert api("get", id="j1")["status"] == "a"
    pass_time(api, 0.001)
    moved = api("get", id="j1")
    assert (moved["status"], moved["changed"]) == ("b", "2026-01-02T12:00:05.000Z")
    assert DUE not in moved


def test_record_that_has_come_to_the_end_waits_for_nothing(make_jobs: Callable[[list[Any]], Api]) -> None:
    api = make_jobs(CHAIN)
    api("create", body={})
    pass_time(api, 60)
    api("get", id="j1")

    record = api.state.store.get("jobs", "j1")
    assert record is not None
    assert record.data["status"] == "c"
    assert DUE not in record.data


def test_update_of_something_else_does_not_begin_the_wait_anew(make_jobs: Callable[[list[Any]], Api]) -> None:
    api = make_jobs(CHAIN)
    api("create", body={})
    pass_time(api, 4)
    api("update", id="j1", body={"status": "a"})
    pass_time(api, 1)

    assert api("get", id="j1")["status"] == "b"


def test_update_of_the_state_begins_another_wait(make_jobs: Callable[[list[Any]], Api]) -> None:
    api = make_jobs(CHAIN)
    api("create", body={})
    pass_time(api, 2)
    api("update", id="j1", body={"status": "b"})
    pass_time(api, 9)
    assert api("get", id="j1")["status"] == "b"
    pass_time(api, 1.1)
    assert api("get", id="j1")["status"] == "c"


def test_round_of_states_is_made_once_whatever_time_has_passed(make_jobs: Callable[[list[Any]], Api]) -> None:
    api = make_jobs(ROUND)
    api("create", body={})
    pass_time(api, 10_000_000 * 10 + 7)

    assert api("get", id="j1")["status"] == "b"
    assert api("get", id="j1")["count"] < 5


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.1, 8), max_size=8), st.sampled_from([CHAIN]))
def test_looking_on_the_way_changes_nothing(
    make_jobs: Callable[[list[Any]], Api], spans: list[float], moves: list[Any]
) -> None:
    looked, slept = make_jobs(moves), make_jobs(moves)
    for api in (looked, slept):
        api("create", body={})
    for span in spans:
        pass_time(looked, span)
        looked("list")
        pass_time(slept, span)

    assert looked.answer("get", id="j1").headers == slept.answer("get", id="j1").headers
    assert looked("get", id="j1") == slept("get", id="j1")


def test_seeds_stay_as_they_are(make_api: MakeApi) -> None:
    jobs = {
        "schema": "Job",
        "seed": 1,
        "lifecycle": {"property": "status", "clock": CHAIN},
        "fields": {"status": {"seed": "a"}},
    }
    api = make_api(
        PATHS,
        {"resources": {"jobs": jobs}, "operations": {"list": {"action": "list", "resource": "jobs"}}},
        Job=JOB,
    )
    pass_time(api, 1000)

    assert [job["status"] for job in api("list")] == ["a"]
