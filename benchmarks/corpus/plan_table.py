"""Surveys of inferred plans as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import isnan
from statistics import median

from corpus.plans import Score, Survey, precision_and_recall
from corpus.table import columns
from corpus.truth import ACTIONS, NONE, SAMPLES


def _share(value: float) -> str:
    return "-" if isnan(value) else f"{value:.3f}"


def _scores(surveys: Sequence[Survey], sample: str) -> list[Score]:
    return [one.scores[sample] for one in surveys if sample in one.scores]


def _right(*scores: Score | None) -> str:
    found = [one for one in scores if one is not None]
    return f"{sum(one.right for one in found)}/{sum(one.labelled for one in found)}" if found else "-"


def documents_table(surveys: Sequence[Survey]) -> str:
    """Return a row for each document."""
    rows = [["document", "operations", "stateful", "resources", "load s", "infer ms", *SAMPLES, "notes"]]
    for one in surveys:
        note = one.problem.splitlines()[0][:100] if one.problem else ""
        rows.append(
            [
                one.name, str(one.operations), str(one.stateful), str(one.resources), f"{one.load_s:.2f}",
                f"{one.infer_s * 1000:.0f}", *(_right(one.scores.get(name)) for name in SAMPLES), note,
            ]
        )  # fmt: skip
    times = [one.infer_s * 1000 for one in surveys if not one.problem]
    rows.append(
        [
            f"all {len(surveys)}",
            str(sum(one.operations for one in surveys)),
            str(sum(one.stateful for one in surveys)),
            str(sum(one.resources for one in surveys)),
            f"{sum(one.load_s for one in surveys):.2f}",
            f"{sum(times):.0f}",
            *(_right(*_scores(surveys, name)) for name in SAMPLES),
            f"median {median(times):.0f} ms, longest {max(times):.0f} ms" if times else "",
        ]
    )
    return columns(rows)


def actions_table(surveys: Sequence[Survey], sample: str) -> str:
    """Return precision and recall of each action, and of all together but `none`."""
    counts: Counter[tuple[str, str]] = Counter()
    strict: Counter[tuple[str, str]] = Counter()
    for one in _scores(surveys, sample):
        counts += one.actions
        strict += one.strict
    rows = [["action", "labelled", "inferred", "right", "precision", "recall", "strict p", "strict r", ""]]
    for action in (*ACTIONS, None):
        of_it = [action] if action else [name for name in ACTIONS if name != NONE]
        figures = [
            sum(n for (expected, _), n in counts.items() if expected in of_it),
            sum(n for (_, seen), n in counts.items() if seen in of_it),
            sum(n for (expected, seen), n in counts.items() if expected == seen and seen in of_it),
        ]
        shares = (*precision_and_recall(counts, action), *precision_and_recall(strict, action))
        rows.append([action or "all but none", *map(str, figures), *map(_share, shares), ""])
    return columns(rows)


def resources_text(surveys: Sequence[Survey], sample: str) -> str:
    """Return how well operations are put together into resources, and how the details agree."""
    scores = _scores(surveys, sample)
    same, apart = sum(one.same for one in scores), sum(one.apart for one in scores)
    joined, split = sum(len(one.joined) for one in scores), sum(len(one.split) for one in scores)
    pairs = max(same + apart + joined + split, 1)
    lines = [
        f"pairs of operations: {100 * (same + apart) / pairs:.1f} % of {pairs} agree;"
        f" of one resource in both {same}, wrongly joined {joined}, wrongly split {split}"
    ]
    details = [detail for one in scores for detail in one.details]
    for kind in dict.fromkeys(detail.kind for detail in details):
        of_it = [detail for detail in details if detail.kind == kind]
        lines.append(f"{kind}: {sum(detail.is_right for detail in of_it)}/{len(of_it)} agree")
    several = sum(one.open for one in scores)
    total = sum(one.labelled for one in scores)
    lines.append(f"labels: {total} in {len(scores)} documents; for {several} more than one action is right")
    return "\n".join(lines)


def mistakes_text(surveys: Sequence[Survey], sample: str, most: int) -> str:
    """Return what disagrees, by document; at most so many wrong pairs of each."""
    lines: list[str] = []
    for one in surveys:
        if (score := one.scores.get(sample)) is None:
            continue
        found = [
            f"  {mistake.operation}: {mistake.seen} {mistake.resource}".rstrip()
            + f", and {mistake.expected} is right" + (f" ({mistake.note})" if mistake.note else "")
            for mistake in score.mistakes
        ]  # fmt: skip
        found += [
            f"  {detail.kind} of {detail.what}: {detail.seen!r}, and {detail.expected!r} is right"
            for detail in score.details
            if not detail.is_right
        ]
        for word, pairs in (("joined", score.joined), ("split", score.split)):
            found += [f"  wrongly {word}: {first}, {second}" for first, second in pairs[:most]]
            if len(pairs) > most:
                found.append(f"  ... and {len(pairs) - most} more {word}")
        if found:
            lines += [f"\n{one.name}:", *found]
    return "\n".join(lines)
