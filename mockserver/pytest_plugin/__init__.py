"""Pytest's plugin: `mock_server`, a mock server for each test.

hooks       what pytest calls
options     what a test asks for
tally       what was exercised of the documents, in all processes
servers     the servers of a run, each started when it is first asked
view        `MockServer`, with `called`, `parts` and `transports`: what a test is handed
controls    what can be done with a world; `local` here, `remote` elsewhere

Nothing but this is imported as long as no test asks for a mock server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.pytest_plugin.hooks import (  # noqa: F401  pytest looks for them here
    _mockserver_servers,
    make_mock_server,
    mock_server,
    pytest_addoption,
    pytest_configure,
    pytest_configure_node,
    pytest_runtest_call,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    session_mock_server,
)

if TYPE_CHECKING:
    from mockserver.mocking.calls import Call
    from mockserver.pytest_plugin.called import Calls
    from mockserver.pytest_plugin.parts import MockClock, Records, Stub
    from mockserver.pytest_plugin.view import MockServer

__all__ = ["Call", "Calls", "MockClock", "MockServer", "Records", "Stub"]

_HOMES = {
    "Call": "mockserver.mocking.calls",
    "Calls": "mockserver.pytest_plugin.called",
    "MockClock": "mockserver.pytest_plugin.parts",
    "MockServer": "mockserver.pytest_plugin.view",
    "Records": "mockserver.pytest_plugin.parts",
    "Stub": "mockserver.pytest_plugin.parts",
}


def __getattr__(name: str) -> Any:
    """Import what tests name in their annotations, when they do."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
