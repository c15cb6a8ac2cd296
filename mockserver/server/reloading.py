"""Reads documents, and what belongs to them, again when they change; state, journal, clock and ids go on.

A thread looks at the files, builds what has changed beside what is on the air, and has the loop switch between two
requests. Of what cannot be used the last good version goes on.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from mockserver import sources
from mockserver.document import plan_file
from mockserver.errors import MockserverError
from mockserver.server import handlers
from mockserver.server.assembly import Application, Part, fixtures_places, part_of
from mockserver.server.control import Reload
from mockserver.server.dataplane import DataPlane
from mockserver.server.watching import Group, Watch
from mockserver.settings import Settings, Source
from mockserver.sources import Loaded

logger = logging.getLogger("mockserver")

PAUSE_SECONDS: Final = 0.4
"""Between two looks at the files."""
RETRY_SECONDS: Final = 0.2
"""What cannot be used may be half written: it is tried once more after so long."""
SWITCH_SECONDS: Final = 30
"""After this long the loop has stopped for good."""

_ALL: Final = ""
"""The name under which stands what is wrong with no document alone."""
_CHOICE: Final = "choice"
_DOCUMENT: Final = "document"
_AROUND: Final = "around"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a change; as text, one line for a person.

    Attributes:
        name: Of the document; "" when it is about the choice of documents, or several of them.
        error: Why what was served goes on, on one line; None when it is not so.
        part: What is on the air now, if it is new.
        note: What else there is to say.
    """

    name: str
    error: str | None = None
    part: Part | None = None
    note: str = ""

    def __str__(self) -> str:
        if self.error is not None:
            said = f"not reloaded, what was served goes on: {self.error}"
        elif self.part is not None:
            count = len(self.part.served.operations)
            said = f"reloaded, {count} operation{'' if count == 1 else 's'}"
        else:
            said = self.note
        return f"{self.name or 'mockserver'}: {said}"


@dataclass(slots=True)
class _Attempt:
    """What was built of what is on the disk now."""

    settings: Settings
    parts: list[Part]
    errors: dict[str, str] = field(default_factory=dict)
    plane: DataPlane | None = None


class Reloader:
    """Keeps an application up to date.

    Args:
        application: What is on the air.
        choose: Reads flags and config file again.
        config: The config file, None without one.
        now: Tells the time, for people.
        report: Told what came of each change, on the reloader's thread.
        since_ns: When reading began, by the clock of the machine: what has changed since is read again. None if nothing
            has.
        sleep: Waits some seconds.
    """

    def __init__(
        self,
        application: Application,
        choose: Callable[[], Settings],
        config: Path | None,
        now: Callable[[], datetime],
        report: Callable[[Report], None],
        *,
        since_ns: int | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._application = application
        self._choose = choose
        self._config = config
        self._now = now
        self._report = report
        self._sleep = sleep
        self._settings = application.settings
        self._pending: set[Hashable] = set()
        self._errors: dict[str, str] = {}
        self._watch = Watch(self._groups(), since_ns=since_ns)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = threading.Event()

    def start(self) -> None:
        """Look for changes from now on, in a thread of its own; to be called on the loop of the application."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, name="mockserver-reload", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            try:
                self.check()
            except Exception:
                # A fault of ours, but no reason to end: the next edit may go well.
                logger.exception("reloading failed; what was served goes on")

    def check(self) -> None:
        """Look once, and put what has changed on the air."""
        changed = self._watch.settled(self._sleep)
        if not changed:
            return
        self._pending |= changed
        started_ns = time.time_ns()
        attempt = self._attempt()
        if attempt.errors or self._fits_worse(attempt):
            self._sleep(RETRY_SECONDS)
            changed |= self._watch.settled(self._sleep)
            self._pending |= changed
            started_ns = time.time_ns()
            attempt = self._attempt()
        before = list(self._application.parts)
        if attempt.plane is not None:
            self._switch(attempt.parts, attempt.plane)
        self._tell(attempt, before, changed)
        self._settings = attempt.settings
        if _ALL not in attempt.errors:
            self._pending = {key for key in self._pending if _name_of(key) in attempt.errors}
        self._watch.look_at(self._groups(), since_ns=started_ns)

    def _fits_worse(self, attempt: _Attempt) -> bool:
        """Return whether more in a plan does not fit than before: half of a document may have been read."""
        before = {part.served.name: part.served.plan.faults for part in self._application.parts}
        return any(
            len(part.served.plan.faults) > len(before.get(part.served.name, ())) for part in attempt.parts
        )

    def _attempt(self) -> _Attempt:
        """Build what has changed, and keep the rest."""
        current = {part.served.name: part for part in self._application.parts}
        attempt = _Attempt(self._settings, [])
        try:
            attempt.settings = self._choose()
            found = sources.named(sources.chosen(attempt.settings), attempt.settings)
        except MockserverError as error:
            attempt.errors[_ALL] = str(error)
            return attempt
        for source, name in found:
            old = current.get(name)
            try:
                attempt.parts.append(self._part(old, source, name))
            except MockserverError as error:
                attempt.errors[name] = str(error)
                if old is not None:
                    attempt.parts.append(old)
        if attempt.parts != self._application.parts:
            try:
                attempt.plane = self._application.plane(attempt.parts)
            except MockserverError as error:
                attempt.errors[_ALL] = str(error)
        return attempt

    def _part(self, old: Part | None, source: Source, name: str) -> Part:
        """Return what is to be served of a source.

        Raises:
            MockserverError: It cannot be used.
        """
        settings = self._application.settings
        if old is None or old.loaded.source != source or (_DOCUMENT, name) in self._pending:
            return part_of(Loaded(source, sources.load_one(source, name)), settings)
        if (_AROUND, name) in self._pending:
            # A copy, whose schemas are compiled anew: the caches of the other one belong to the loop's thread.
            return part_of(Loaded(source, replace(old.loaded.document)), settings)
        return old

    def _switch(self, parts: Sequence[Part], plane: DataPlane) -> None:
        """Have the loop put other parts on the air, and wait until it has."""
        if self._loop is None:
            self._application.switch(parts, plane)
            return
        done = threading.Event()

        def switch() -> None:
            try:
                self._application.switch(parts, plane)
            finally:
                done.set()

        try:
            self._loop.call_soon_threadsafe(switch)
        except RuntimeError:
            # The loop has been closed: nobody will ask again.
            self.stop()
            return
        done.wait(SWITCH_SECONDS)

    def _tell(self, attempt: _Attempt, before: Sequence[Part], changed: set[Hashable]) -> None:
        """Note for the control API what came of it, and report what is new."""
        reloads, at = self._application.reloads, self._now()
        errors = {name: " ".join(error.split()) for name, error in attempt.errors.items()}
        touched = {_name_of(key) for key in changed}
        serving = {part.served.name for part in self._application.parts}
        for part in self._application.parts:
            if not any(part is old for old in before):
                reloads[part.served.name] = Reload(at)
                self._report(Report(part.served.name, part=part))
        for name, error in errors.items():
            for one in [name] if name != _ALL else sorted(serving):
                reloads[one] = Reload(at, error)
            if name in touched or self._errors.get(name) != error or name == _ALL:
                self._report(Report(name, error))
        for name in [part.served.name for part in before if part.served.name not in serving]:
            self._report(Report(name, note="no longer served"))
        for name in [name for name in reloads if name not in serving and name not in errors]:
            del reloads[name]
        self._errors = errors
        late = _changed_settings(self._settings, attempt.settings)
        if late:
            note = f"what changed of {', '.join(late)} in {self._config} takes effect at the next start"
            self._report(Report(_ALL, note=note))

    def _groups(self) -> dict[Hashable, Group]:
        """Return what is watched: for each document its files and what lies around it; what decides which there are."""
        groups: dict[Hashable, Group] = {}
        settings = self._application.settings
        for part in self._application.parts:
            name, document = part.served.name, part.loaded.document
            if isinstance(part.loaded.source.path, Path):
                groups[_DOCUMENT, name] = Group(list(document.files))
            groups[_AROUND, name] = Group(
                [
                    part.loaded.source.plan or plan_file.path_beside(document.source),
                    *_handlers(part),
                    *fixtures_places(document, settings),
                ]
            )
        chosen = sources.chosen(self._settings)
        deciding = [path for source in chosen for path in sources.candidates(source)]
        groups[_CHOICE, _ALL] = Group([*deciding, *([self._config] if self._config else [])], depth=0)
        return groups


def _handlers(part: Part) -> list[Path]:
    """Return the files with the handlers of a document."""
    places = part.loaded.source.handlers
    if not places:
        return [handlers.path_beside(part.loaded.document.source)]
    return [path for place in places if (path := handlers.source_of(place)) is not None]


def _name_of(key: Hashable) -> str:
    """Return the document's name in the key of a group."""
    assert isinstance(key, tuple)
    return str(key[1])


def _changed_settings(before: Settings, after: Settings) -> list[str]:
    """Return the settings, as the config file writes them, that differ and cannot be changed while we run."""
    names = [item.name for item in fields(Settings) if item.name != "documents"]
    return [name.replace("_", "-") for name in names if getattr(before, name) != getattr(after, name)]
