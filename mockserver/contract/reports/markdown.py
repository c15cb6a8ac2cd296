"""The report as Markdown, as GitHub reads it: for the summary of a job, or a comment.

What strangers wrote stands in fences longer than any in it, or has its marks taken away; `@name` notifies nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from mockserver.contract.findings import Finding, Level
from mockserver.contract.reports import texts
from mockserver.contract.results import Results, Session

BYTES: Final = 1_000_000
"""Size of a report; GitHub refuses summaries beyond 1 MiB."""
_MARKS: Final = re.compile(
    r"""[\\`*_{}\[\]()\#!|<>&~@$^]
    | ^[-+=]                # lists and headings
    | (?<=^\d) \. | (?<=^\d\d) \.
    | :(?=//|[\w+-]+:)       # links, emoji
    | (?<=www) \.""",
    re.VERBOSE | re.IGNORECASE,
)
_TICKS: Final = re.compile("`+")


def write(results: Results) -> str:
    """Return the report as text."""
    lines = [f"## {_capital(texts.verdict(results))}", ""]
    size = 0
    left = sum(len(session.findings) for session in results.sessions)
    for session in results.sessions:
        lines += [f"### {text(texts.subject(session))}", "", *_overview(session)]
        for finding in texts.sorted_findings(session.findings):
            told = list(_finding(finding))
            size += sum(len(one.encode("utf-8", "replace")) + 1 for one in told)
            if size > BYTES - 100_000:
                lines += [
                    f"And {texts.counted(left, 'more finding')}; other reports tell of all of them.",
                    "",
                ]
                break
            left -= 1
            lines += told
        lines += _said(session.said)
        if numbers := texts.numbers(session):
            lines += [text(numbers), ""]
    lines += _said(results.said)
    return "\n".join(lines)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _overview(session: Session) -> Iterator[str]:
    """Yield a table of what was found, one row for a check."""
    if not session.findings:
        yield from ("Nothing was found.", "")
        return
    rows: dict[tuple[int, str, str], list[int]] = {}
    for finding in session.findings:
        row = rows.setdefault((finding.level.rank, finding.check, finding.title), [0, 0])
        row[bool(finding.known)] += 1
    yield from ("| | Check | What | Counting | Accepted |", "| --- | --- | --- | ---: | ---: |")
    levels = {level.rank: level.value for level in Level}
    for (rank, check, title), (counting, known) in sorted(rows.items()):
        yield f"| {levels[rank]} | {code(check)} | {text(title)} | {counting or ''} | {known or ''} |"
    yield ""


def _finding(finding: Finding) -> Iterator[str]:
    accepted = " (accepted)" if finding.known else ""
    where = f"{code(finding.operation)} " if finding.operation else ""
    times = f", {finding.times:,} times" if finding.times > 1 else ""
    yield f"<details><summary>{finding.level.value}{accepted}: {where}{text(finding.title)}</summary>"
    yield ""
    yield from fence(texts.visible(finding.message))
    yield f"{code(finding.check)}, id {code(finding.fingerprint)}{times}"
    yield ""
    for part in texts.parts(finding):
        name = f"**{_capital(text(part.name))}** " if part.name else ""
        if part.is_code:
            yield from (*([name.strip(), ""] if name else []), *fence(part.text, "sh"))
        else:
            yield from (f"{name}{code(part.text) if part.name == 'document' else text(part.text)}", "")
        if part.block:
            yield from fence(part.block)
    yield from ("</details>", "")


def _said(said: Sequence[object]) -> Iterator[str]:
    for one in said:
        level, message = getattr(one, "level", Level.NOTE), getattr(one, "text", "")
        yield f"- {level.value}: {text(message)}"
    if said:
        yield ""


def text(given: str) -> str:
    """Return a text as it is, in one line of Markdown."""
    return _MARKS.sub(lambda match: f"&#{ord(match[0])};", texts.line(given))


def code(given: str) -> str:
    """Return a text as code within a line."""
    return f"<code>{text(given)}</code>" if given.strip() else ""


def fence(given: str, language: str = "") -> list[str]:
    """Return the lines of a text that stays as it is."""
    ticks = "`" * max(3, *(len(run) + 1 for run in ["", *_TICKS.findall(given)]))
    return [f"{ticks}{language}", given, ticks, ""]
