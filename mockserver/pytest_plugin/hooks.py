"""What pytest calls: options, fixtures, the check at the end of each test, and what comes at the end of a run."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from mockserver.errors import MockserverError, UsageError
from mockserver.pytest_plugin import options
from mockserver.pytest_plugin.tally import Tally, joined, lines

if TYPE_CHECKING:
    from mockserver.mocking.coverage import Report
    from mockserver.pytest_plugin.servers import Servers
    from mockserver.pytest_plugin.view import MockServer

_VIEWS: Final = pytest.StashKey[list["MockServer"]]()
_RUN: Final = pytest.StashKey[str]()
_TALLY: Final = pytest.StashKey[Tally | None]()
_JOURNAL: Final = pytest.StashKey[Path | None]()

_MARKER: Final = (
    "mockserver(*documents, world=None, seed=0, port=True, allow_unmatched=False, allow_invalid=False, "
    "allow_unused_stubs=False, **settings): the documents that mock_server serves to this test, and how; the settings "
    "are those of mockserver.yaml"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[_RUN] = str(worker["testrunuid"]) if worker and "testrunuid" in worker else uuid.uuid4().hex
    # A number that is none is told now, and not after all tests.
    try:
        options.number(config, "coverage_min", float)
    except UsageError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[_TALLY] = Tally() if config.getini("mockserver_coverage") else None
    journal = options.value(config, "journal")
    if worker is not None:
        path = worker.get("mockserver_journal")
        config.stash[_JOURNAL] = Path(f"{path}.{worker['workerid']}") if path else None
    elif journal is None:
        config.stash[_JOURNAL] = None
    else:
        path = config.stash[_JOURNAL] = config.invocation_params.dir / journal
        for old in (path, *path.parent.glob(f"{path.name}.gw*")):
            old.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def _mockserver_servers(pytestconfig: pytest.Config) -> Iterator[Servers]:
    """The servers of this run, started one by one when they are asked."""
    from mockserver.pytest_plugin.servers import Servers

    stash = pytestconfig.stash
    servers = Servers(stash[_JOURNAL], stash[_TALLY])
    try:
        yield servers
    finally:
        servers.close()


@pytest.fixture(scope="session")
def session_mock_server(pytestconfig: pytest.Config, _mockserver_servers: Servers) -> Iterator[MockServer]:
    """A mock server for what is set up once for all tests, e.g. a program with its base URL.

    It is of the documents that the ini file or the command line names, and its world is called `session`: tests
    that are marked with `mockserver(world="session")` see the same. Calls that nobody expects are for them to see.
    """
    from mockserver.pytest_plugin.view import MockServer

    named = {"world": "session", "allow_unmatched": True, "allow_invalid": True, "allow_unused_stubs": True}
    with _plainly():
        view = MockServer(
            options.chosen(pytestconfig, pytestconfig.rootpath, (), named), "session", _mockserver_servers
        )
    yield view
    view.close()


@pytest.fixture
def make_mock_server(
    request: pytest.FixtureRequest, _mockserver_servers: Servers
) -> Iterator[Callable[..., MockServer]]:
    """Makes mock servers, for tests of more than one: `make_mock_server("billing.yaml", seed=7)`.

    Takes what `@pytest.mark.mockserver` takes; without any of it, what the marker says.
    """
    from mockserver.pytest_plugin.view import MockServer

    config, node = request.config, request.node
    views: list[MockServer] = node.stash.setdefault(_VIEWS, [])
    made: list[MockServer] = []

    def make(*documents: str | os.PathLike[str], **named: Any) -> MockServer:
        with _plainly():
            chosen = (
                options.chosen(config, node.path.parent, [str(item) for item in documents], named)
                if documents or named
                else options.of_test(config, node)
            )
        run = config.stash[_RUN] if chosen.url is not None else ""
        number = f" {len(views)}" if views else ""
        view = MockServer(chosen, options.world_name(f"{node.nodeid}{number}", run), _mockserver_servers)
        views.append(view)
        made.append(view)
        return view

    yield make
    for view in made:
        views.remove(view)
    try:
        _end(made)
    finally:
        tally = config.stash[_TALLY]
        if tally is not None:
            tally.count()


@pytest.fixture
def mock_server(make_mock_server: Callable[..., MockServer]) -> MockServer:
    """A mock server of the documents that the test's marker, the ini file or the command line names."""
    return make_mock_server()


@contextmanager
def _plainly() -> Iterator[None]:
    """Say what a person did wrong without a traceback."""
    try:
        yield
    except MockserverError as error:
        raise pytest.fail.Exception(f"mock_server: {error}", pytrace=False) from None


def _end(views: list[MockServer]) -> None:
    """Check what came after the test, and let go of the worlds."""
    with ExitStack() as closing:
        for view in views:
            closing.callback(view.close)
        said = [view.verdict() for view in views if not view.is_failed]
    text = "\n\n".join(filter(None, said))
    if text:
        pytest.fail(f"mock_server, after the test: {text}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test whose calls nobody expects; tell of one that fails for another reason what it called."""
    try:
        result = yield
    except BaseException:
        for view in item.stash.get(_VIEWS, []):
            view.is_failed = True
            try:
                story = view.story()
            except (MockserverError, TimeoutError) as error:
                # What has failed before is what counts, and may be why.
                story = f"what was called cannot be told: {error}"
            if story:
                item.add_report_section("call", f"mock_server {view.world}", story)
        raise
    said = list(filter(None, (view.verdict() for view in item.stash.get(_VIEWS, []))))
    if said:
        pytest.fail("mock_server: " + "\n\n".join(said), pytrace=False)
    return result


# The end of the run.


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the journal is."""
    journal: Path | None = node.config.stash[_JOURNAL]
    if journal is not None:
        node.workerinput["mockserver_journal"] = str(journal)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take what a worker of pytest-xdist has counted; one that was killed has not said it."""
    tally: Tally | None = node.config.stash[_TALLY]
    saved = getattr(node, "workeroutput", {}).get("mockserver_coverage")
    if tally is None:
        return
    if saved:
        tally.load(json.loads(saved))
    elif error:
        tally.lost.append(f"what the worker {node.gateway.id} exercised, which was killed")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Put things together, and fail a run that exercised too little."""
    config = session.config
    tally, journal = config.stash[_TALLY], config.stash[_JOURNAL]
    output: dict[str, Any] | None = getattr(config, "workeroutput", None)
    if output is not None:
        if tally is not None:
            # As text: what carries it knows only the plainest of types.
            output["mockserver_coverage"] = json.dumps(tally.save())
        return
    if journal is not None:
        joined(journal)
    if _too_little(config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was exercised."""
    tally = config.stash[_TALLY]
    found = tally.reports() if tally is not None else []
    lost = tally.lost if tally is not None else []
    failed = _too_little(config)
    if not found and not lost and not failed:
        return
    terminalreporter.section("coverage of mock servers")
    for report in found:
        for line in _details(report) if config.get_verbosity() > 0 else lines(report):
            terminalreporter.line(line)
    for text in lost:
        terminalreporter.line(f"not counted: {text}", yellow=True)
    for text in failed:
        terminalreporter.line(f"FAILED {text}", red=True)


def _details(report: Report) -> Iterator[str]:
    """Yield what `mockserver coverage` says."""
    from mockserver.contract.coverage import table

    yield from table.lines(report, plain=True)
    yield ""


def _too_little(config: pytest.Config) -> list[str]:
    """Return of which documents too little was exercised, in sentences."""
    least = options.number(config, "coverage_min", float)
    tally = config.stash[_TALLY]
    if not least or tally is None or config.getoption("collectonly") or config.getoption("setupplan", False):
        return []
    from mockserver.mocking.coverage import floored

    reports = tally.reports()
    if not reports and not tally.lost:
        return [f"no mock server was used, and {least:g} % is asked for (--mockserver-coverage-min)"]
    return [
        f"{report.name}: {floored(report.percent):g} % was exercised, and {least:g} % is asked for "
        "(--mockserver-coverage-min)"
        for report in reports
        if report.percent < least
    ] + [f"{text} (--mockserver-coverage-min)" for text in tally.lost]
