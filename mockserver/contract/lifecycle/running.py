"""The stories of all resources, one after the other, as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from mockserver.contract.events import Advanced, Event, Found, Said, Tested
from mockserver.contract.findings import Finding, Level
from mockserver.contract.lifecycle.pages import Pages
from mockserver.contract.lifecycle.session import Session, Unreachable
from mockserver.contract.lifecycle.story import Story
from mockserver.contract.lifecycle.subjects import Subject, subjects_of
from mockserver.contract.reading import property_of
from mockserver.contract.requests.client import Client
from mockserver.contract.requests.maker import CannotMake, Maker
from mockserver.contract.requests.slots import Unbound
from mockserver.contract.target import Target
from mockserver.document.model import Document, Operation
from mockserver.document.plan import ABSENT, Action, Plan
from mockserver.document.routing import Router
from mockserver.errors import Json
from mockserver.mocking.judging import Judge

PHASE = "lifecycle"


def run(
    document: Document,
    plan: Plan,
    target: Target,
    *,
    seed: int = 0,
    wanted: Callable[[Operation], bool] = lambda operation: True,
    monotonic: Callable[[], float] = time.monotonic,
    until: float | None = None,
) -> Iterator[Event]:
    """Try what the plan says of records on a server, and yield what happens; `Started` and `Ended` are others' to tell.

    Records are made and deleted again. What cannot be tried is said, and costs only itself.

    Args:
        document: The document.
        plan: What its operations do to which records.
        target: The server.
        seed: The same seed makes the same requests.
        wanted: Whether an operation is to be tested; one that makes a record for another test is called all the same.
        monotonic: Tells for how long.
        until: When to stop, by `monotonic`; None for when all is done.
    """
    subjects = subjects_of(plan, lambda planned: wanted(planned.operation))
    router = Router(document, urlsplit(target.url).path.rstrip("/"))
    with Client(target) as client:
        session = Session(
            document, plan, Maker(document, plan, seed=seed), client, Judge(document, router), target
        )
        yield from _Run(session, subjects, wanted, monotonic, until).events()


class _Run:
    """All stories of one server: they begin parents first, and end children first."""

    def __init__(
        self,
        session: Session,
        subjects: list[Subject],
        wanted: Callable[[Operation], bool],
        monotonic: Callable[[], float],
        until: float | None,
    ) -> None:
        self._session = session
        self._subjects = subjects
        self._wanted = wanted
        self._monotonic = monotonic
        self._until = until
        self._bindings: dict[str, Json] = {}
        self._records: dict[str, str] = {}
        self._findings: dict[str, list[Finding]] = {}

    def events(self) -> Iterator[Event]:
        """Yield what happens; what was made is deleted, also when nobody wants to hear the end."""
        stories: list[tuple[Subject, Story]] = []
        try:
            yield from self._told(stories)
        finally:
            for _, story in reversed(stories):
                with suppress(Unreachable, CannotMake, Unbound):
                    story.tidy()

    def _told(self, stories: list[tuple[Subject, Story]]) -> Iterator[Event]:
        total = 2 * len(self._subjects)
        for number, subject in enumerate(self._subjects):
            yield Advanced(PHASE, number, total, str(subject.create.operation))
            if self._until is not None and self._monotonic() > self._until:
                yield Said("the time is over: not all resources were tried", Level.WARNING)
                break
            missing = [name for name in subject.parents if not self._has(name)]
            if missing:
                yield Said(
                    f"{subject.resource.name} cannot be tried: there is no record of {', '.join(missing)}"
                )
                continue
            story = Story(
                self._session,
                subject,
                self._bindings,
                self._records,
                lambda planned: self._wanted(planned.operation),
            )
            stories.append((subject, story))
            yield from self._part(subject, story.tell)
        for number, (subject, story) in enumerate(reversed(stories), len(self._subjects)):
            yield Advanced(PHASE, number, total, f"{subject.resource.name}: deletion")
            yield from self._part(subject, story.end)
        yield Advanced(PHASE, total, total)
        for id, cases in self._session.cases.items():
            operation = self._session.document.operations[id]
            if self._wanted(operation):
                name = str(operation)
                findings = tuple(self._findings.get(id, ()))
                yield Tested(name, PHASE, round(self._session.seconds[id], 6), findings, cases)

    def _has(self, name: str) -> bool:
        """Return whether there is a record of a resource: one that was made, or else one that is listed."""
        if name in self._records:
            return True
        found = _first_listed(self._session, name, self._records, self._bindings)
        if found is None:
            return False
        # It is only looked at, and never changed.
        self._records[name] = f"{name}[listed]"
        self._bindings[self._records[name]] = found
        return True

    def _part(self, subject: Subject, part: Callable[[], str | None]) -> Iterator[Event]:
        """Do one part of a story; what stands in its way is said."""
        name = subject.resource.name
        try:
            reason = part()
        except Unreachable as error:
            reason = f"no answer: {error}"
        except (CannotMake, Unbound) as error:
            reason = str(error)
        for finding in self._session.taken():
            self._findings.setdefault(finding.operation_id, []).append(finding)
            yield Found(finding)
        if reason:
            yield Said(f"{name} cannot be tried to its end: {reason}", Level.WARNING)


def _first_listed(
    session: Session, name: str, records: dict[str, str], bindings: dict[str, Json]
) -> dict[str, Any] | None:
    """Return the first record that a server lists of a resource, None where it lists none."""
    for planned in session.plan.operations.values():
        if planned.resource.name != name or planned.action is not Action.LIST:
            continue
        try:
            pages = Pages(session, planned, records, bindings)
            listed = pages.records_of(pages.ask({}))
        except (CannotMake, Unbound, Unreachable):
            continue
        if listed and property_of(listed[0], planned.resource.id_property) is not ABSENT:
            return listed[0]
    return None
