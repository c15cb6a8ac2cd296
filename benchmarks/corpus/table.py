"""Outcomes as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from corpus.run import OURS, Failure, Outcome, Score


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Lay rows out under each other; all but the first column and the last to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    last = len(widths) - 1
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if index in (0, last) else text.rjust(width)
            for index, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def notes(outcome: Outcome, score: Score) -> str:
    """Return what should be known beside the figures."""
    found = []
    if score.problem:
        found.append(score.problem.splitlines()[0][:100])
    if outcome.broken:
        found.append(f"{len(outcome.broken)} operations cannot be read")
    if outcome.no_request:
        found.append(f"{len(outcome.no_request)} operations not asked")
    if score.unjudged:
        found.append(f"{len(score.unjudged)} answers not judged")
    if score.crashes:
        found.append(f"ended {score.crashes} times")
    return "; ".join(found)


def main_table(outcomes: Sequence[Outcome], server: str = OURS) -> str:
    """Return a row for each document."""
    rows = [
        [
            "document",
            "version",
            "operations",
            "started s",
            "valid answered",
            "validated",
            "refused",
            "s",
            "MB",
            "notes",
        ]
    ]
    total = Score()
    for outcome in outcomes:
        score = outcome.scores.get(server, Score(problem=outcome.problem))
        rows.append(
            [
                outcome.name, outcome.version, str(outcome.operations),
                "-" if score.started_s is None else f"{score.started_s:.2f}",
                f"{score.valid}/{score.valid_asked}", str(score.validated),
                f"{score.refused_well}/{score.refused_asked}", f"{score.seconds:.1f}", f"{score.mb:.0f}",
                notes(outcome, score),
            ]
        )  # fmt: skip
        for name in ("valid", "valid_asked", "validated", "refused_well", "refused_asked", "seconds"):
            setattr(total, name, getattr(total, name) + getattr(score, name))
    started = [
        score.started_s
        for outcome in outcomes
        if (score := outcome.scores.get(server)) is not None and score.started_s is not None
    ]
    rows.append(
        [
            f"all {len(outcomes)}", "", str(sum(one.operations for one in outcomes)),
            f"{median(started):.2f}" if started else "-", f"{total.valid}/{total.valid_asked}", str(total.validated),
            f"{total.refused_well}/{total.refused_asked}", f"{total.seconds:.1f}", "",
            f"{len(started)} started; their median start-up",
        ]
    )  # fmt: skip
    return columns(rows)


def peer_table(outcomes: Sequence[Outcome]) -> str:
    """Return a column for each server."""
    names = list(dict.fromkeys(name for outcome in outcomes for name in outcome.scores))
    rows = [["", *names, ""]]

    def row(title: str, make: object) -> None:
        cells = []
        for name in names:
            scores = [outcome.scores[name] for outcome in outcomes if name in outcome.scores]
            cells.append(make(scores))  # type: ignore[operator]
        rows.append([title, *cells, ""])

    def share(part: str, whole: str) -> object:
        def make(scores: list[Score]) -> str:
            count, of = (sum(getattr(one, key) for one in scores) for key in (part, whole))
            return f"{count}/{of} ({100 * count / max(of, 1):.1f} %)"

        return make

    def loaded(scores: list[Score]) -> str:
        count = sum(one.started_s is not None for one in scores)
        return f"{count}/{len(scores)} ({100 * count / max(len(scores), 1):.1f} %)"

    def start_up(pick: object) -> object:
        def make(scores: list[Score]) -> str:
            found = [one.started_s for one in scores if one.started_s is not None]
            return f"{pick(found):.2f} s" if found else "-"  # type: ignore[operator]

        return make

    row("documents loaded", loaded)
    row("valid requests answered right", share("valid", "valid_asked"))
    row("invalid requests refused", share("refused", "refused_asked"))
    row("... with a status and body that fit", share("refused_well", "refused_asked"))
    row("median start-up", start_up(median))
    row("longest start-up", start_up(max))
    row("times that it ended", lambda scores: str(sum(one.crashes for one in scores)))
    return columns(rows)


def failures_text(outcomes: Sequence[Outcome], server: str, most: int) -> str:
    """Return the failures of each document, at most so many of each reason's kind."""
    lines: list[str] = []
    for outcome in outcomes:
        score = outcome.scores.get(server)
        if score is None or not (score.failures or score.problem):
            continue
        counts = Counter(one.kind for one in score.failures)
        lines.append(
            f"\n{outcome.name}: "
            + (", ".join(f"{kind} {count}" for kind, count in counts.items()) or "failed")
        )
        if score.problem:
            lines.append("  " + score.problem.replace("\n", "\n  "))
        seen: Counter[str] = Counter()
        for one in score.failures:
            seen[one.kind] += 1
            if seen[one.kind] <= most:
                lines += _failure(one)
    return "\n".join(lines)


def _failure(one: Failure) -> list[str]:
    return [f"  {one.operation} [{one.kind}] {one.reason}", f"    {one.request}", f"    -> {one.answer}"]
