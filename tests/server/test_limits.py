"""The limits: documented as they are, read from the config file, and held on a connection."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mockserver import jsontext
from mockserver.document import validation
from mockserver.document.messages import charsets, codings, fields, multipart, xmltree
from mockserver.errors import UsageError
from mockserver.mocking import exchange, preferences
from mockserver.server import limits
from mockserver.server.control import plane
from mockserver.settings import KEYS, Settings, from_config

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()
ROWS = dict(re.findall(r"^\| `?([^|]+?)`? \| ([0-9]+) \|", PAGE, re.MULTILINE))
LIMITS = sorted(key for key in KEYS if key.endswith(("-limit", "-limit-bytes", "-timeout-seconds")))


@pytest.mark.parametrize("key", [*LIMITS, "journal-size"])
def test_limits_page_names_each_setting_with_its_default(key: str) -> None:
    assert float(ROWS[key]) == getattr(Settings(), KEYS[key])


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("fields of a query or form", fields.MAX_FIELDS),
        ("brackets of the name of a field", fields.MAX_BRACKETS),
        ("parts of a multipart body", multipart.MAX_PARTS),
        ("bytes of the header fields of a part", multipart.MAX_HEAD_BYTES),
        ("parameters of a Content-Type or Content-Disposition", charsets.MAX_PARAMETERS),
        ("levels of multipart in multipart", multipart.MAX_NESTING),
        ("levels of nesting in JSON", jsontext.MAX_DEPTH),
        ("levels of nesting in XML", xmltree.MAX_DEPTH),
        ("attributes of an XML element", xmltree.MAX_ATTRIBUTES),
        ("codings of a body, one in another", codings.MAX_CODINGS),
        ("milliseconds of delay that `Prefer` may ask for", preferences.MAX_DELAY_MS),
        ("items that `Prefer` may ask for", preferences.MAX_COUNT),
        ("violations that are told of one value", validation.MOST),
        ("members of a value of which all violations are told", validation.LARGE),
        ("bytes of a body to the control API", plane._BODY_LIMIT_BYTES),
        ("bytes of a body that the journal keeps", exchange.BODY_LIMIT),
        ("characters of a path, and of a query, that the journal keeps", exchange.TARGET_LIMIT),
        (
            "seconds for which what follows a refused body is read, so that the client sees its answer",
            limits.LINGER_SECONDS,
        ),
    ],
)
def test_limits_page_tells_each_fixed_limit_as_it_is(words: str, value: float) -> None:
    assert float(ROWS[words]) == value


def test_readme_leads_to_the_limits_page() -> None:
    assert "(docs/limits.md)" in (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.parametrize("key", LIMITS)
def test_limit_of_the_config_file_is_taken(key: str) -> None:
    assert from_config({key: 7}, Path("mockserver.yaml")) == {KEYS[key]: 7}


@pytest.mark.parametrize("key", LIMITS)
@pytest.mark.parametrize("value", [0, -1, "7", None, True, [7]])
def test_limit_that_is_none_is_refused_with_its_name(key: str, value: Any) -> None:
    with pytest.raises(UsageError, match=key):
        from_config({key: value}, Path("mockserver.yaml"))


class Connection:
    """A connection as the watch sees it."""

    def __init__(self, phase: limits.Phase, since: float = 0.0) -> None:
        self.seen: tuple[limits.Phase, object] = (phase, 0)
        self.since = since
        self.now: tuple[limits.Phase, object] = (phase, 0)
        self.ended: list[str] = []

    def waits_for(self) -> tuple[limits.Phase, object]:
        return self.now

    def expire(self, phase: limits.Phase) -> None:
        self.ended.append(f"expired: {phase.name}")

    def cut(self) -> None:
        self.ended.append("cut")


@pytest.mark.parametrize(
    ("phase", "seconds"), [(limits.Phase.HEAD, 1), (limits.Phase.BODY, 2), (limits.Phase.ANSWER, 3)]
)
def test_wait_ends_only_after_its_own_limit(phase: limits.Phase, seconds: int) -> None:
    watch = limits.Watch(Settings(head_timeout_seconds=1, body_timeout_seconds=2, answer_timeout_seconds=3))
    connection = Connection(phase)
    watch.look([connection], seconds - 0.1)
    assert connection.ended == []
    watch.look([connection], seconds + 0.1)
    assert connection.ended == [f"expired: {phase.name}"]


def test_progress_gives_a_connection_new_time() -> None:
    watch = limits.Watch(Settings(answer_timeout_seconds=1))
    connection = Connection(limits.Phase.ANSWER)
    for second in range(10):
        connection.now = (limits.Phase.ANSWER, second + 1)
        watch.look([connection], second)
    assert connection.ended == []


def test_work_of_the_application_has_no_limit() -> None:
    connection = Connection(limits.Phase.WORK)
    limits.Watch(Settings()).look([connection], 1e9)
    assert connection.ended == []


def test_room_is_made_by_those_who_have_waited_longest_and_never_by_those_at_work() -> None:
    watch = limits.Watch(Settings(connection_limit=3))
    busy = Connection(limits.Phase.WORK, since=0)
    old, young = Connection(limits.Phase.IDLE, since=1), Connection(limits.Phase.HEAD, since=2)
    newcomer = Connection(limits.Phase.HEAD, since=0)
    assert watch.make_room([busy, young, old, newcomer], newcomer)
    assert [one.ended for one in (busy, old, young, newcomer)] == [[], ["cut"], [], []]
    assert not watch.make_room([busy, newcomer], newcomer)
