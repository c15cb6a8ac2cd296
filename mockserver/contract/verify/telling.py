"""What Schemathesis tells, as events of ours, and summed up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.contract.events import Advanced, Ended, Event, Found, Said, Tested, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.verify.effort import PHASES, Subject
from mockserver.contract.verify.explaining import Explainer
from mockserver.contract.verify.hints import Hints
from mockserver.contract.verify.network import NetworkError, network_error
from mockserver.contract.verify.process import REQUEST, SILENT, UNREADABLE, Process
from mockserver.contract.verify.scenario import STATEFUL, Scenario, read
from mockserver.errors import Json

STATEFUL_NAME: Final = "Stateful tests"
_UNHEALTHY: Final = ("UnhealthyAPIError", "UnresponsiveOperationError")


@dataclass(slots=True)
class _Test:
    """What came of an operation in a phase, which may be repeated until time is up."""

    seconds: float = 0.0
    cases: int = 0
    skipped: str = ""
    findings: dict[str, Finding] = field(default_factory=dict)

    def add(self, scenario: Scenario, findings: Iterable[Finding]) -> None:
        """Add what came of one scenario."""
        self.seconds += scenario.seconds
        self.cases += len(scenario.steps)
        self.skipped = "" if self.cases else scenario.skipped
        self.findings |= {finding.fingerprint: finding for finding in findings}


class Teller:
    """Turns the events of Schemathesis into ours, and sums them up."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._explainer = Explainer(subject)
        self._hints = Hints(subject)
        self._phase = ""
        self._done = 0
        self._errors: dict[str, list[str]] = {}
        self._network: list[NetworkError] = []
        self._tests: dict[tuple[str, str], _Test] = {}
        self._links: dict[str, Json] = {}
        self._followed: set[str] = set()
        self._unhealthy: set[str] = set()
        self._counts = {"operations": 0, "requests": 0, "scenarios": 0}
        self._tested: set[str] = set()
        self._is_over = self._is_gone = False
        self._has_failed = False
        self._has_findings = False

    def tell(self, kind: str, value: Any) -> Iterator[Event]:
        """Yield our events for one of theirs."""
        if kind == "PhaseStarted":
            name = value["phase"]["name"]
            if name in PHASES and value["phase"].get("is_enabled", True):
                self._phase, self._done = name, 0
                links = value.get("payload") or {}
                if links:
                    inferred = links.get("inferred_transitions", 0)
                    self._links = {
                        "declared": links.get("transitions_total", 0) - inferred,
                        "inferred": inferred,
                    }
                yield self._advanced("")
        elif kind == "ScenarioFinished":
            yield from self._scenario(read(value, self._subject.target.url if self._network else None))
        elif kind == "NonFatalError":
            yield from self._error(value)
        elif kind == "FatalError":
            self._has_failed = True
            yield Said(self._subject.target.masked(_text(value.get("exception"))), Level.ERROR)
        elif kind == REQUEST:
            yield self._advanced(f"{value['method']} {value['path']}")
        elif kind == SILENT:
            yield Said(
                f"nothing happens in the phase {self._phase} for {value:g} s: Schemathesis makes up data for a large "
                "schema; --max-time bounds a run, --phases leaves a phase out",
                Level.WARNING,
            )
        elif kind == "EngineFinished":
            self._is_over = True
            self._is_gone = value.get("stop_reason") == "server_unavailable"
        elif kind == UNREADABLE:
            self._has_failed = True
            yield Said("an event of Schemathesis cannot be read; a finding may be missing", Level.ERROR)

    def hand_on(self, event: Event) -> Iterator[Event]:
        """Yield an event of another engine, and count it in."""
        if isinstance(event, Found):
            self._has_findings = True
            event = Found(self._subject.target.masked_finding(event.finding))
        elif isinstance(event, Tested):
            self._counts["requests"] += event.cases
            self._tested.add(event.name)
        yield event

    def _advanced(self, label: str) -> Advanced:
        total = None if self._phase == STATEFUL else self._subject.size
        return Advanced(self._phase, self._done, total, label)

    def _scenario(self, scenario: Scenario) -> Iterator[Event]:
        self._done += 1
        findings = self._explainer.findings(scenario, self._network)
        self._network = []
        self._hints.see(scenario)
        self._followed |= {step.link for step in scenario.steps if step.link}
        self._has_findings = self._has_findings or bool(findings)
        is_stateful = scenario.phase == STATEFUL
        self._counts["requests"] += len(scenario.steps)
        self._counts["scenarios"] += is_stateful
        label = STATEFUL_NAME if is_stateful else scenario.label
        self._tests.setdefault((scenario.phase, label), _Test()).add(scenario, findings)
        self._tested |= {step.operation for step in scenario.steps}
        yield from map(Found, findings)
        yield self._advanced("" if is_stateful else label)

    def _error(self, value: Any) -> Iterator[Event]:
        error = value.get("value") or {}
        label = value.get("label") or ""
        network = network_error(value)
        if network is not None:
            self._network.append(network)  # Told with the scenario, where the request is known.
            return
        if error.get("type") == "ServerUnavailable":
            return  # Told at the end, with the last requests.
        if error.get("type") in _UNHEALTHY:
            if label not in self._unhealthy:
                self._unhealthy.add(label)
                yield Said(
                    f"{label} was left out from then on: too many requests had no answer", Level.WARNING
                )
            return
        if error.get("type") == "NoLinksFound":
            yield Said("no operation that is tested follows another one: there is no stateful phase")
            return
        message = _text(error)
        if message not in self._errors.setdefault(label, []):
            self._errors[label].append(message)
            finding = self._explainer.not_tested(label, message)
            self._has_findings = True
            yield Found(finding)

    def end(self, process: Process | None, seconds: float) -> Iterator[Event]:
        """Yield the last events.

        Args:
            process: Of Schemathesis, which has ended; None where it was not asked.
            seconds: What all took.
        """
        interrupted = failed = False
        if process is not None:
            yield from self._lost(process)
            interrupted = process.is_interrupted
            failed = self._has_failed or not (
                self._is_over or process.is_late or process.is_spent or process.stuck
            )
            if failed and not interrupted:
                # No verdict may be read out of silence.
                words = self._subject.target.masked(process.last_words())
                yield Said(f"Schemathesis gave up (exit code {process.code}):\n{words}", Level.ERROR)
            elif process.is_late:
                yield Said("time was up before all was tested", Level.WARNING)
            elif process.is_spent:
                yield Said("as many requests were sent as were allowed: the rest was left out")
        if not (self._counts["requests"] or self._has_findings or interrupted or failed):
            failed = True
            yield Said("nothing was tested", Level.ERROR)
        yield from self._hints.tell()
        known = {str(operation) for operation in self._subject.document.operations.values()}
        self._counts["operations"] = len(self._tested & known)
        for (phase, label), test in self._tests.items():
            yield Tested(label, phase, test.seconds, tuple(test.findings.values()), test.cases, test.skipped)
        verdict = Verdict.BROKEN if self._has_findings else Verdict.CLEAN
        verdict = Verdict.INTERRUPTED if interrupted else Verdict.FAILED if failed else verdict
        details: Json = {"links": {**self._links, "followed": len(self._followed)}} if self._links else None
        yield Ended(verdict, seconds, self._counts, details)

    def _lost(self, process: Process) -> Iterator[Event]:
        """Yield that the server was lost on the way, if it was."""
        if self._is_gone and process.recent:
            self._has_findings = True
            yield Found(self._explainer.gone(list(process.recent)))
            yield Said("the server went away: the rest of the run was left out", Level.ERROR)
        if process.stuck is not None:
            self._has_findings = True
            yield Found(self._explainer.endless(process.stuck))
            yield Said("an answer did not end: the rest of the run was left out", Level.ERROR)


def _text(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    return f"{error.get('type', 'error')}: {error.get('message', '')}"
