"""How near an inferred plan comes to the hand-labelled truth, and how long its inference takes.

The plan is in the form of a plan file: `resources` by name, `operations` by operation id.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from processes import BenchError

from corpus.truth import NONE, Label, Truth

Plan = Mapping[str, Any]


@dataclass(frozen=True)
class Mistake:
    """An operation whose action is not among those that are right."""

    operation: str
    expected: str
    seen: str
    resource: str = ""
    note: str = ""


@dataclass(frozen=True)
class Detail:
    """One thing of a plan beside its actions that was looked at."""

    kind: str
    what: str
    expected: str
    seen: str

    @property
    def is_right(self) -> bool:
        return self.expected == self.seen


@dataclass
class Score:
    """What a plan gets right.

    Attributes:
        actions: (expected, seen) -> how often; where several are right, the one that was seen.
        strict: The same where only the first of them counts.
        open: Operations for which several actions are right.
        same, joined, split: Pairs of operations: of one resource in both, in the plan only, in truth only.
        apart: Pairs of different resources in both.
    """

    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    strict: Counter[tuple[str, str]] = field(default_factory=Counter)
    open: int = 0
    same: int = 0
    apart: int = 0
    joined: list[tuple[str, str]] = field(default_factory=list)
    split: list[tuple[str, str]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)

    @property
    def labelled(self) -> int:
        return self.actions.total()

    @property
    def right(self) -> int:
        return self.labelled - len(self.mistakes)


@dataclass
class Survey:
    """One document: what was inferred, in what time, and how right it is by each sample that has labels of it."""

    name: str
    operations: int = 0
    stateful: int = 0
    resources: int = 0
    load_s: float = 0
    infer_s: float = 0
    problem: str = ""
    scores: dict[str, Score] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON; the counters of actions with keys `expected -> seen`."""
        data = asdict(self)
        for name, score in self.scores.items():
            for key in ("actions", "strict"):
                counter = getattr(score, key)
                data["scores"][name][key] = {
                    f"{one} -> {other}": n for (one, other), n in sorted(counter.items())
                }
        return data


def precision_and_recall(
    counts: Mapping[tuple[str, str], int], action: str | None = None
) -> tuple[float, float]:
    """Return both for an action, or for all but `none` together; NaN where there is nothing to count."""

    def is_wanted(one: str) -> bool:
        return one == action if action else one != NONE

    right = sum(n for (expected, seen), n in counts.items() if expected == seen and is_wanted(seen))
    seen = sum(n for (_, one), n in counts.items() if is_wanted(one))
    expected = sum(n for (one, _), n in counts.items() if is_wanted(one))
    return (right / seen if seen else float("nan"), right / expected if expected else float("nan"))


def score(truth: Truth, plan: Plan, ids: Mapping[str, str], notes: Mapping[str, str] | None = None) -> Score:
    """Compare a plan with the truth.

    Args:
        truth: The labels.
        plan: As in a plan file.
        ids: `METHOD /path` -> operation id.
        notes: Operation id -> why.

    Raises:
        BenchError: A label names an operation that the document does not have.
    """
    result, notes = Score(), notes or {}
    operations = plan.get("operations") or {}
    seen: dict[str, Mapping[str, Any]] = {}
    for name, label in truth.operations.items():
        if name not in ids:
            raise BenchError(f"truth/{truth.name}.yaml: the document has no operation {name!r}")
        one = operations.get(ids[name]) or {}
        action = str(one.get("action") or NONE)
        seen[name] = one if action != NONE else {}
        _count(result, name, label, one, action, notes.get(ids[name], ""))
    _pairs(result, truth, seen)
    result.details = list(_details(truth, plan, seen, ids))
    return result


def _count(result: Score, name: str, label: Label, one: Mapping[str, Any], action: str, note: str) -> None:
    expected = action if action in label.actions else label.actions[0]
    result.actions[expected, action] += 1
    result.strict[label.actions[0], action] += 1
    result.open += label.is_open
    if expected != action:
        resource = str(one.get("resource", ""))
        result.mistakes.append(Mistake(name, "|".join(label.actions), action, resource, note))


def _pairs(result: Score, truth: Truth, seen: Mapping[str, Mapping[str, Any]]) -> None:
    """Count pairs of operations that have a resource in truth and in the plan."""
    both = [
        (name, label.resource, seen[name]["resource"])
        for name, label in truth.operations.items()
        if label.resource is not None and seen[name].get("resource") is not None
    ]
    for (one, expected, found), (other, expected_2, found_2) in combinations(both, 2):
        if expected == expected_2:
            if found == found_2:
                result.same += 1
            else:
                result.split.append((one, other))
        elif found == found_2:
            result.joined.append((one, other))
        else:
            result.apart += 1


def _details(
    truth: Truth, plan: Plan, seen: Mapping[str, Mapping[str, Any]], ids: Mapping[str, str]
) -> Iterator[Detail]:
    """Compare ids, parents and places; what has no resource in the plan is counted with the actions already."""
    resources = plan.get("resources") or {}

    def found(resource: str) -> str | None:
        names = Counter(
            seen[name]["resource"]
            for name, label in truth.operations.items()
            if label.resource == resource and seen[name].get("resource") is not None
        )
        return names.most_common(1)[0][0] if names else None

    for resource, expected in truth.ids.items():
        if (name := found(resource)) is not None:
            identity = (resources.get(name) or {}).get("id") or {}
            yield Detail("id", f"{resource} ({name})", expected, str(identity.get("property", "id")))
    for resource, operation in truth.parents.items():
        if operation not in ids:
            raise BenchError(f"truth/{truth.name}.yaml: parents: the document has no operation {operation!r}")
        parent = (plan.get("operations") or {}).get(ids[operation]) or {}
        if (name := found(resource)) is not None and parent.get("resource") is not None:
            references = ((resources.get(name) or {}).get("references") or {}).values()
            targets = sorted({one["resource"] if isinstance(one, dict) else one for one in references if one})
            expected = str(parent["resource"])
            right = expected in targets
            yield Detail(
                "parent", f"{resource} ({name})", expected, expected if right else ", ".join(targets)
            )
    for name, expected in truth.items.items():
        if seen[name]:
            yield Detail("item", name, expected, _sent(seen[name]))
    for name, expected in truth.answers.items():
        if seen[name]:
            yield Detail("answer", name, expected, place_of_records(seen[name].get("answer")))


def _sent(operation: Mapping[str, Any]) -> str:
    text = str(operation.get("item") or operation.get("items") or "$request.body")
    return text.removeprefix("$request.body").removeprefix("#")


def place_of_records(answer: Any) -> str:
    """Return where a template puts the record or the records, as a JSON pointer; "?" if nowhere."""
    if answer is None or answer in ("$record", "$page.items"):
        return ""
    members: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(answer, dict):
        members = iter(answer.items())
    elif isinstance(answer, list):
        members = iter(enumerate(answer))
    for name, member in members:
        # In a list or below an operator the records are not at a place of their own, but in it.
        if member is not None and (below := place_of_records(member)) != "?":
            return f"/{name}{below}"
    return "?"


def survey(name: str, path: Path, truths: Mapping[str, Truth]) -> Survey:
    """Infer the plan of a document, and score it by its labels; what goes wrong is its `problem`."""
    from mockserver.document.builder import load
    from mockserver.document.inference import infer

    result = Survey(name)
    begun = time.perf_counter()
    try:
        document = load(path)
        result.load_s = time.perf_counter() - begun
        begun = time.perf_counter()
        inferred = infer(document)
        result.infer_s = time.perf_counter() - begun
    except Exception as error:
        # Whatever it is, the other documents are still looked at, and the exit code tells.
        result.problem = f"{type(error).__name__}: {error}"
        return result
    plan = inferred.raw
    operations = plan.get("operations") or {}
    result.operations = len(document.operations)
    result.stateful = sum((one or {}).get("action") not in (None, NONE) for one in operations.values())
    result.resources = len(plan.get("resources") or {})
    ids = {str(one): one.id for one in document.operations.values()}
    result.scores = {sample: score(one, plan, ids, inferred.notes) for sample, one in truths.items()}
    return result
