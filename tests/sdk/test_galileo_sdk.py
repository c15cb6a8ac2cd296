"""The vendor's own Python SDK runs the whole life of a session against the mock, on a real port.

`GalileoLogger` swallows every error and answers None, so each test of it reads back what it wrote.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("galileo")

import jwt
from galileo import GalileoLogger, LogStream, Project
from galileo.config import GalileoPythonConfig
from galileo.exceptions import AuthenticationError, ConflictError, NotFoundError
from galileo.log_streams import LogStreams
from galileo.logger import logger as logger_module
from galileo.projects import Projects, ProjectsAPIException
from galileo.resources.api.log_stream import (
    delete_log_stream_projects_project_id_log_streams_log_stream_id_delete as delete_log_stream,
)
from galileo.resources.api.log_stream import (
    list_log_streams_paginated_projects_project_id_log_streams_paginated_get as page_log_streams,
)
from galileo.resources.api.log_stream import (
    list_log_streams_projects_project_id_log_streams_get as list_log_streams,
)
from galileo.resources.api.log_stream import (
    update_log_stream_projects_project_id_log_streams_log_stream_id_put as update_log_stream,
)
from galileo.resources.api.trace import (
    count_sessions_projects_project_id_sessions_count_post as count_sessions,
)
from galileo.resources.api.trace import count_traces_projects_project_id_traces_count_post as count_traces
from galileo.resources.api.trace import create_session_projects_project_id_sessions_post as create_session
from galileo.resources.api.trace import (
    delete_sessions_projects_project_id_sessions_delete_post as delete_sessions,
)
from galileo.resources.api.trace import delete_traces_projects_project_id_traces_delete_post as delete_traces
from galileo.resources.api.trace import get_session_projects_project_id_sessions_session_id_get as get_session
from galileo.resources.api.trace import get_trace_projects_project_id_traces_trace_id_get as get_trace
from galileo.resources.models import (
    HTTPValidationError,
    LogRecordsDeleteRequest,
    LogRecordsIDFilter,
    LogRecordsIDFilterOperator,
    LogRecordsQueryCountRequest,
    LogStreamUpdateRequest,
    SessionCreateRequest,
)
from galileo.schema.trace import TraceUpdateRequest
from galileo.search import get_sessions, get_traces
from galileo.shared.filter import date, number, text
from galileo.shared.sort import sort
from galileo.traces import Traces
from galileo.utils.singleton import GalileoLoggerSingleton
from galileo_core.helpers import execution
from galileo_core.helpers.event_loop_thread_pool import EventLoopThreadPool
from galileo_core.schemas import base_config


@pytest.fixture(autouse=True)
def settings(live_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An SDK that has read nothing yet, finds only the mock, and leaves the home folder alone."""
    for name in [name for name in os.environ if name.startswith("GALILEO_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GALILEO_API_URL", live_server)
    monkeypatch.setenv("GALILEO_CONSOLE_URL", live_server)
    monkeypatch.setenv("GALILEO_HOME_DIR", str(tmp_path))
    monkeypatch.setenv("GALILEO_API_KEY", "any-key-will-do")
    forget_everything()
    yield
    forget_everything()


def forget_everything() -> None:
    """Drop what the SDK keeps for the life of a process."""
    GalileoLoggerSingleton().reset_all()
    close_connections(execution._thread_pool)
    logger_module._ingest_service_cache.clear()
    GalileoPythonConfig._instance = None
    base_config._config = None


def close_connections(pool: EventLoopThreadPool) -> None:
    """Close what the SDK leaves open in each of its threads."""
    config = GalileoPythonConfig._instance
    if config is None:
        return
    local = config.validated_api_client.thread_local

    async def close() -> None:
        if hasattr(local, "client"):
            await local.client.aclose()

    for thread in pool.threads:
        thread.submit(close())


@pytest.fixture
def api() -> Any:
    """What the SDK's generated functions call `client`."""
    return GalileoPythonConfig.get().api_client


@pytest.fixture
def project_name() -> str:
    """A name that no project has."""
    return f"Returns Helpdesk {uuid.uuid4()}"


@pytest.fixture
def make_logger(project_name: str) -> Iterator[Callable[..., GalileoLogger]]:
    """Makes loggers for log streams of one new project, and ends them after the test."""
    loggers: list[GalileoLogger] = []

    def make(log_stream: str = "production", **options: Any) -> GalileoLogger:
        loggers.append(GalileoLogger(project=project_name, log_stream=log_stream, **options))
        return loggers[-1]

    yield make
    for logger in loggers:
        if logger.mode == "distributed":
            close_connections(logger._task_handler._pool)
        logger.terminate()


@pytest.fixture
def logger(make_logger: Callable[..., GalileoLogger]) -> GalileoLogger:
    """A logger for a new log stream of a new project."""
    return make_logger()


@pytest.fixture
def start(logger: GalileoLogger) -> Callable[..., str]:
    """Starts a session with the logger and returns its id; each is younger than the one before."""

    def start_session(**properties: Any) -> str:
        time.sleep(0.002)  # times have milliseconds
        id = logger.start_session(**properties)
        assert id is not None, "the SDK has swallowed an error"
        return str(id)

    return start_session


@pytest.fixture
def find(logger: GalileoLogger) -> Callable[..., list[str]]:
    """Searches the sessions of the logger's log stream and returns their ids."""

    def search(*filters: Any, **options: Any) -> list[str]:
        page = get_sessions(
            logger.project_id, log_stream_id=logger.log_stream_id, filters=list(filters), **options
        )
        return [record.id for record in page.records]

    return search


# Start-up


def test_start_up_gets_a_token_that_decodes_and_is_good_for_long() -> None:
    config = GalileoPythonConfig.get()

    claims = jwt.decode(config.jwt_token.get_secret_value(), options={"verify_signature": False})
    assert claims["exp"] > time.time() + 300


def test_token_is_kept_from_call_to_call() -> None:
    config = GalileoPythonConfig.get()
    token = config.jwt_token

    Projects().list()

    assert GalileoPythonConfig.get().api_client.jwt_token is token


def test_start_up_with_user_name_and_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GALILEO_API_KEY")
    monkeypatch.setenv("GALILEO_USERNAME", "ana@example.com")
    monkeypatch.setenv("GALILEO_PASSWORD", "s3cret")

    assert isinstance(Projects().list(), list)


def test_token_that_is_not_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    projects = Projects()
    stale = property(lambda self: {"Authorization": "Bearer stale"})
    monkeypatch.setattr(base_config.ApiClient, "auth_header", stale)

    with pytest.raises(AuthenticationError) as caught:
        projects.list()

    assert b"detail" in caught.value.content


def test_mock_is_not_taken_for_the_ingest_service(logger: GalileoLogger) -> None:
    assert logger._is_ingest_service_available() is False
    assert isinstance(logger._traces_client, Traces)


def test_logger_makes_the_project_and_the_log_stream_that_it_is_given(
    logger: GalileoLogger, project_name: str
) -> None:
    project = Projects().get(name=project_name)
    log_stream = LogStreams().get(name="production", project_id=logger.project_id)

    assert project.id == logger.project_id
    assert log_stream.id == logger.log_stream_id


def test_second_logger_finds_what_the_first_one_made(make_logger: Callable[..., GalileoLogger]) -> None:
    first, second = make_logger(), make_logger()

    assert (first.project_id, first.log_stream_id) == (second.project_id, second.log_stream_id)


def test_logger_finds_a_project_of_the_fixtures() -> None:
    logger = GalileoLogger(project="Customer Support Assistant", log_stream="production")

    assert logger.project_id == "624408d2-25d0-4d37-9514-ed2cd3572a05"
    assert logger.log_stream_id == "57a46451-ec16-492d-93f1-788ab6ca61a5"


# Projects


def test_project_is_created_and_read_by_id_and_by_name(project_name: str) -> None:
    created = Projects().create(name=project_name)

    by_id, by_name = Projects().get(id=created.id), Projects().get(name=project_name)
    assert uuid.UUID(created.id).version == 4
    assert (by_id.id, by_id.name, by_id.type.value) == (created.id, project_name, "gen_ai")
    assert by_name.id == created.id
    assert by_id.created_at <= by_id.updated_at <= datetime.now(UTC)


def test_project_without_a_name_is_refused() -> None:
    with pytest.raises(ProjectsAPIException, match="name"):
        Projects().create(name="")


def test_project_with_a_taken_name_is_a_conflict(project_name: str) -> None:
    Projects().create(name=project_name)

    with pytest.raises(ConflictError, match="name"):
        Projects().create(name=project_name)


def test_unknown_project_is_none_by_name_and_an_error_by_id(project_name: str) -> None:
    assert Projects().get(name=project_name) is None
    with pytest.raises(NotFoundError):
        Projects().get(id=str(uuid.uuid4()))


def test_project_id_that_is_no_uuid_is_refused() -> None:
    with pytest.raises(ProjectsAPIException, match="project_id"):
        Projects().get(id="my-project")


def test_projects_are_listed_with_those_of_the_fixtures(project_name: str) -> None:
    Projects().create(name=project_name)

    names = [project.name for project in Projects().list()]

    assert {project_name, "Customer Support Assistant", "Travel Concierge"} <= set(names)
    assert "Ticket Triage Prompts" not in names  # it is of another type


def test_project_is_renamed(project_name: str) -> None:
    project = Project(name=project_name).create()

    project.name = f"{project_name}, renamed"
    project.save()

    assert Projects().get(id=project.id).name == f"{project_name}, renamed"
    assert Projects().get(name=project_name) is None


def test_deleted_project_is_gone_with_its_sessions(
    logger: GalileoLogger, start: Callable[..., str], api: Any
) -> None:
    session = start()

    assert Projects().delete_project(id=logger.project_id) is True

    with pytest.raises(NotFoundError):
        Projects().get(id=logger.project_id)
    with pytest.raises(NotFoundError):
        get_session.sync(logger.project_id, session, client=api)


# Log streams


def test_log_stream_is_created_and_read_by_id_and_by_name(logger: GalileoLogger) -> None:
    created = LogStreams().create(name="pilot", project_id=logger.project_id)

    by_id = LogStreams().get(id=created.id, project_id=logger.project_id)
    by_name = LogStreams().get(name="pilot", project_id=logger.project_id)
    assert (by_id.name, by_id.project_id) == ("pilot", logger.project_id)
    assert by_name.id == created.id


def test_log_stream_with_a_taken_name_is_a_conflict(logger: GalileoLogger) -> None:
    with pytest.raises(ConflictError):
        LogStreams().create(name="production", project_id=logger.project_id)


def test_unknown_log_stream_is_none_by_name_and_an_error_by_id(logger: GalileoLogger) -> None:
    assert LogStreams().get(name="nowhere", project_id=logger.project_id) is None
    with pytest.raises(NotFoundError):
        LogStreams().get(id=str(uuid.uuid4()), project_id=logger.project_id)


def test_log_streams_are_listed_page_by_page(logger: GalileoLogger) -> None:
    for name in ("staging", "pilot"):
        LogStreams().create(name=name, project_id=logger.project_id)

    first = LogStreams().list(project_id=logger.project_id, limit=2)
    second = LogStreams().list(project_id=logger.project_id, limit=2, starting_token=2)

    assert [item.name for item in first] == ["production", "staging"]
    assert [item.name for item in second] == ["pilot"]


def test_page_of_log_streams_says_where_the_next_one_begins(logger: GalileoLogger, api: Any) -> None:
    LogStreams().create(name="staging", project_id=logger.project_id)

    page = page_log_streams.sync(logger.project_id, client=api, limit=1)

    assert (page.paginated, page.next_starting_token, page.limit) == (True, 1, 1)


def test_bad_page_of_log_streams_is_an_error_that_names_the_parameter(logger: GalileoLogger) -> None:
    with pytest.raises(ValueError, match="limit"):
        LogStreams().list(project_id=logger.project_id, limit=0)


def test_log_stream_is_renamed_and_deleted(logger: GalileoLogger, api: Any) -> None:
    project, log_stream = logger.project_id, logger.log_stream_id

    renamed = update_log_stream.sync(
        project, log_stream, client=api, body=LogStreamUpdateRequest(name="prod")
    )
    assert renamed.name == "prod"
    assert [item.name for item in list_log_streams.sync(project, client=api)] == ["prod"]

    delete_log_stream.sync(project, log_stream, client=api)
    assert list_log_streams.sync(project, client=api) == []


# Sessions: create, get, get or create


def test_started_session_is_kept_with_all_that_was_sent(
    logger: GalileoLogger, start: Callable[..., str], api: Any
) -> None:
    earlier = start(name="Damaged parcel")
    id = start(
        name="Damaged parcel again",
        previous_session_id=earlier,
        external_id="zendesk-1",
        metadata={"channel": "web", "locale": "en-GB"},
    )

    session = get_session.sync(logger.project_id, id, client=api)

    assert uuid.UUID(session.id).version == 4
    assert session.type_ == "session"
    assert session.name == "Damaged parcel again"
    assert session.previous_session_id == earlier
    assert session.external_id == "zendesk-1"
    assert session.user_metadata.to_dict() == {"channel": "web", "locale": "en-GB"}
    assert session.project_id == logger.project_id
    assert session.run_id == logger.log_stream_id
    assert session.session_id == id
    assert session.num_traces == 0
    assert session.traces == []
    assert abs(session.created_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_session_without_a_name_is_given_one(
    logger: GalileoLogger, start: Callable[..., str], api: Any
) -> None:
    first, second = (get_session.sync(logger.project_id, start(), client=api).name for _ in range(2))

    assert first
    assert second
    assert first != second


def test_known_external_id_finds_the_session_again(
    logger: GalileoLogger, start: Callable[..., str], find: Callable[..., list[str]]
) -> None:
    first = start(name="First call", external_id="ticket-7")
    logger.clear_session()

    second = start(name="Second call", external_id="ticket-7")

    assert second == first
    assert find() == [first]


def test_external_id_is_looked_up_in_one_log_stream_only(make_logger: Callable[..., GalileoLogger]) -> None:
    production = make_logger("production").start_session(external_id="ticket-7")
    staging = make_logger("staging").start_session(external_id="ticket-7")

    assert production is not None
    assert staging is not None
    assert production != staging


def test_generated_client_creates_a_session(logger: GalileoLogger, project_name: str, api: Any) -> None:
    body = SessionCreateRequest(log_stream_id=logger.log_stream_id, name="By hand", external_id="x-1")

    created = create_session.sync(logger.project_id, client=api, body=body)

    assert (created.name, created.external_id) == ("By hand", "x-1")
    assert (created.project_id, created.project_name) == (logger.project_id, project_name)
    assert created.previous_session_id is None


def test_broken_session_is_answered_with_the_place_of_the_fault(logger: GalileoLogger, api: Any) -> None:
    body = SessionCreateRequest(previous_session_id="yesterday")

    answer = create_session.sync(logger.project_id, client=api, body=body)

    assert isinstance(answer, HTTPValidationError)
    assert {tuple(problem.loc) for problem in answer.detail} == {("body", "previous_session_id")}
    assert all(problem.msg and problem.type_ for problem in answer.detail)
    assert answer.detail[0].input_ == "yesterday"


@pytest.mark.parametrize("name", ["log_stream_id", "previous_session_id"])
def test_session_that_names_something_unknown_is_not_found(
    logger: GalileoLogger, api: Any, name: str
) -> None:
    unknown = str(uuid.uuid4())

    with pytest.raises(NotFoundError, match=unknown):
        create_session.sync(logger.project_id, client=api, body=SessionCreateRequest(**{name: unknown}))


def test_logger_starts_no_session_after_an_unknown_one(
    logger: GalileoLogger, find: Callable[..., list[str]]
) -> None:
    assert logger.start_session(previous_session_id=str(uuid.uuid4())) is None
    assert find() == []


def test_unknown_session_is_not_found(logger: GalileoLogger, api: Any) -> None:
    unknown = str(uuid.uuid4())

    with pytest.raises(NotFoundError, match=unknown):
        get_session.sync(logger.project_id, unknown, client=api)


# Sessions: search, sort, page, count, delete


def test_sessions_are_found_newest_first(start: Callable[..., str], find: Callable[..., list[str]]) -> None:
    sessions = [start() for _ in range(3)]

    assert find() == sessions[::-1]


def test_sessions_are_sorted_by_a_column(start: Callable[..., str], find: Callable[..., list[str]]) -> None:
    ben, ana, cleo = (start(name=name) for name in ("Ben", "Ana", "Cleo"))

    assert find(sort=sort("name").ascending()) == [ana, ben, cleo]
    assert find(sort=sort("name").descending()) == [cleo, ben, ana]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (text("name").equals("Ana"), ["Ana"]),
        (text("name").not_equals("Ana"), ["Ben", "Bob"]),
        (text("name").contains("B"), ["Ben", "Bob"]),
        (text("name").one_of(["Ana", "Bob"]), ["Ana", "Bob"]),
        (text("name").not_in(["Ana", "Bob"]), ["Ben"]),
        (text("name", case_sensitive=False).contains("b"), ["Ben", "Bob"]),
        (text("name").equals("nobody"), []),
    ],
    ids=["equals", "not_equals", "contains", "one_of", "not_in", "case_insensitive", "none"],
)
def test_text_filter_selects_sessions(
    start: Callable[..., str], find: Callable[..., list[str]], condition: Any, expected: list[str]
) -> None:
    sessions = {start(name=name): name for name in ("Ana", "Ben", "Bob")}

    assert sorted(sessions[id] for id in find(condition)) == expected


def test_id_filter_selects_sessions(start: Callable[..., str], find: Callable[..., list[str]]) -> None:
    one, _, three = (start() for _ in range(3))

    assert find(LogRecordsIDFilter(column_id="id", value=one)) == [one]
    assert find(
        LogRecordsIDFilter(column_id="id", value=[one, three], operator=LogRecordsIDFilterOperator.ONE_OF)
    ) == [three, one]


def test_date_filter_selects_sessions_on_either_side_of_a_moment(
    logger: GalileoLogger, start: Callable[..., str], find: Callable[..., list[str]], api: Any
) -> None:
    first, second, third = (start() for _ in range(3))
    moment = get_session.sync(logger.project_id, second, client=api).created_at

    assert find(date("created_at").before(moment)) == [first]
    assert find(date("created_at").on_or_before(moment)) == [second, first]
    assert find(date("created_at").equals(moment)) == [second]
    assert find(date("created_at").on_or_after(moment)) == [third, second]
    assert find(date("created_at").after(moment)) == [third]


def test_date_filter_takes_a_time_without_an_offset(
    start: Callable[..., str], find: Callable[..., list[str]]
) -> None:
    session = start()

    assert find(date("updated_at").after("2020-01-01")) == [session]
    assert find(date("updated_at").before(datetime(2020, 1, 1))) == []


def test_number_filter_selects_traces(logger: GalileoLogger) -> None:
    for code in (200, 404, 500):
        logger.start_trace(input="Hello?")
        logger.conclude(output="Hi!", status_code=code)
    logger.flush()

    def found(condition: Any) -> list[int]:
        page = get_traces(logger.project_id, log_stream_id=logger.log_stream_id, filters=[condition])
        return sorted(trace.status_code for trace in page.records)

    assert found(number("status_code").equals(404)) == [404]
    assert found(number("status_code").not_equals(404)) == [200, 500]
    assert found(number("status_code").greater_than(404)) == [500]
    assert found(number("status_code").greater_than_or_equal(404)) == [404, 500]
    assert found(number("status_code").less_than(404)) == [200]
    assert found(number("status_code").less_than_or_equal(404)) == [200, 404]
    assert found(number("status_code").between(300, 450)) == [404]


def test_filters_all_have_to_fit(start: Callable[..., str], find: Callable[..., list[str]]) -> None:
    start(name="Ana", external_id="t-1")
    wanted = start(name="Ana", external_id="t-2")

    assert find(text("name").equals("Ana"), text("external_id").equals("t-2")) == [wanted]


def test_search_sees_one_log_stream_or_the_whole_project(make_logger: Callable[..., GalileoLogger]) -> None:
    production, staging = make_logger("production"), make_logger("staging")
    first, second = production.start_session(name="a"), staging.start_session(name="b")

    in_stream = get_sessions(production.project_id, log_stream_id=staging.log_stream_id)
    in_project = get_sessions(production.project_id, sort=sort("name").ascending())

    assert [record.id for record in in_stream.records] == [second]
    assert [record.id for record in in_project.records] == [first, second]


def test_search_pages_through_the_sessions(logger: GalileoLogger, start: Callable[..., str]) -> None:
    sessions = [start() for _ in range(3)]

    first = get_sessions(logger.project_id, limit=2)
    second = get_sessions(logger.project_id, limit=2, starting_token=first.next_starting_token)

    assert [record.id for record in first.records] == [sessions[2], sessions[1]]
    assert (first.paginated, first.next_starting_token, first.last_row_id) == (True, 2, sessions[1])
    assert [record.id for record in second.records] == [sessions[0]]
    assert (second.paginated, second.next_starting_token) == (False, None)


def test_query_result_of_a_log_stream_follows_the_pages(
    project_name: str, logger: GalileoLogger, start: Callable[..., str]
) -> None:
    sessions = [start() for _ in range(3)]

    result = LogStream.get(name="production", project_name=project_name).get_sessions(limit=2)
    assert result.has_next_page
    result.next_page()

    assert [record["id"] for record in result] == sessions[::-1]
    assert not result.has_next_page


def test_broken_search_is_an_error_that_names_the_property(logger: GalileoLogger) -> None:
    with pytest.raises(ValueError, match="limit"):
        get_sessions(logger.project_id, limit=0)


def test_search_in_an_unknown_project_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        get_sessions(str(uuid.uuid4()))


def test_sessions_are_counted(logger: GalileoLogger, start: Callable[..., str], api: Any) -> None:
    for name in ("Ana", "Ana", "Ben"):
        start(name=name)
    body = LogRecordsQueryCountRequest(
        log_stream_id=logger.log_stream_id, filters=[text("name").equals("Ana")]
    )

    assert count_sessions.sync(logger.project_id, client=api, body=body).total_count == 2


def test_session_is_deleted_and_then_not_found(
    logger: GalileoLogger, start: Callable[..., str], find: Callable[..., list[str]], api: Any
) -> None:
    gone, kept = start(), start()
    body = LogRecordsDeleteRequest(filters=[LogRecordsIDFilter(column_id="id", value=gone)])

    answer = delete_sessions.sync(logger.project_id, client=api, body=body)

    assert answer.message
    assert find() == [kept]
    with pytest.raises(NotFoundError):
        get_session.sync(logger.project_id, gone, client=api)


def test_external_id_of_a_deleted_session_makes_a_new_one(
    logger: GalileoLogger, start: Callable[..., str], api: Any
) -> None:
    gone = start(external_id="ticket-7")
    body = LogRecordsDeleteRequest(filters=[text("external_id").equals("ticket-7")])
    delete_sessions.sync(logger.project_id, client=api, body=body)

    assert start(external_id="ticket-7") != gone


# Traces in a session


def log_a_trace(logger: GalileoLogger) -> str:
    """Log one trace with two nested spans and return its id."""
    trace = logger.start_trace(
        input="Where is my parcel?", name="Track", tags=["eu"], metadata={"order": "88214"}
    )
    logger.add_workflow_span(input="88214", name="look up")
    logger.add_llm_span(input="88214", output="On its way.", model="gpt-4o-mini", duration_ns=1_000_000)
    logger.conclude(output="found")
    logger.conclude(output="It is on its way.", duration_ns=2_000_000, status_code=200)
    logger.flush()
    return str(trace.id)


def test_flushed_trace_stands_in_its_session(
    logger: GalileoLogger, start: Callable[..., str], api: Any
) -> None:
    session = start()

    id = log_a_trace(logger)

    record = get_session.sync(logger.project_id, session, client=api)
    (trace,) = record.traces
    assert record.num_traces == 1
    assert record.has_children is True
    assert trace.id == trace.trace_id == id
    assert trace.session_id == session
    assert (trace.input_, trace.output, trace.name) == ("Where is my parcel?", "It is on its way.", "Track")
    assert (trace.tags, trace.status_code) == (["eu"], 200)
    assert trace.user_metadata.to_dict() == {"order": "88214"}
    assert trace.metrics.duration_ns == 2_000_000
    (workflow,) = trace.spans
    (llm,) = workflow["spans"]
    assert (workflow.type_, workflow.parent_id) == ("workflow", id)
    assert (llm["type"], llm["parent_id"], llm["session_id"]) == ("llm", workflow.id, session)


def test_flushed_trace_is_read_by_its_id(logger: GalileoLogger, start: Callable[..., str], api: Any) -> None:
    start()

    id = log_a_trace(logger)

    trace = get_trace.sync(logger.project_id, id, client=api)
    assert (trace.type_, trace.id, trace.num_spans) == ("trace", id, 2)


def test_traces_are_searched_counted_and_deleted(
    logger: GalileoLogger, start: Callable[..., str], api: Any
) -> None:
    session = start()
    id = log_a_trace(logger)
    in_session = LogRecordsIDFilter(column_id="session_id", value=session)

    found = get_traces(logger.project_id, filters=[in_session, number("status_code").less_than(300)])
    assert [(record.type_, record.id) for record in found.records] == [("trace", id)]
    count = LogRecordsQueryCountRequest(filters=[in_session])
    assert count_traces.sync(logger.project_id, client=api, body=count).total_count == 1

    delete_traces.sync(logger.project_id, client=api, body=LogRecordsDeleteRequest(filters=[in_session]))
    with pytest.raises(NotFoundError):
        get_trace.sync(logger.project_id, id, client=api)


def test_trace_update_leaves_alone_what_it_does_not_name(
    logger: GalileoLogger, start: Callable[..., str], api: Any
) -> None:
    start()
    id = log_a_trace(logger)

    update = TraceUpdateRequest(trace_id=id, output="It has arrived.", tags=["late"], is_complete=True)
    answer = execution.async_run(logger._traces_client.update_trace(update))

    trace = get_trace.sync(logger.project_id, id, client=api)
    assert (answer["trace_id"], answer["records_count"]) == (id, 1)
    assert (trace.input_, trace.output) == ("Where is my parcel?", "It has arrived.")
    assert trace.tags == ["eu", "late"]
    assert trace.status_code == 200


def test_distributed_logger_completes_a_trace_by_updates(
    make_logger: Callable[..., GalileoLogger], api: Any
) -> None:
    logger = make_logger(mode="distributed")
    session = logger.start_session(name="From two services")

    trace = logger.start_trace(input="Where is my parcel?")
    logger.conclude(output="On its way.", duration_ns=3_000_000)
    logger.flush()

    record = get_trace.sync(logger.project_id, str(trace.id), client=api)
    assert record.session_id == session
    assert (record.input_, record.output) == ("Where is my parcel?", "On its way.")
    assert record.metrics.duration_ns == 3_000_000
    assert record.is_complete is True


def test_trace_without_a_session_is_kept(logger: GalileoLogger, api: Any) -> None:
    id = log_a_trace(logger)

    assert get_trace.sync(logger.project_id, id, client=api).session_id == id
