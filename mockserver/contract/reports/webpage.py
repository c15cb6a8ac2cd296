"""The report for browsers: one file that works offline, can be searched and filtered, in light and dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from mockserver.contract.events import Said, Tested, Verdict
from mockserver.contract.findings import Came, Finding, Level, Sent
from mockserver.contract.reports import texts
from mockserver.contract.reports.page import escaped, page
from mockserver.contract.results import Results, Session

_TAGS: Final = {Verdict.CLEAN: "good", Verdict.BROKEN: "bad"}


def write(results: Results) -> str:
    """Return the report as text."""
    subjects = [texts.subject(session) for session in results.sessions]
    title = subjects[0] if len(subjects) == 1 else f"mockserver: {len(subjects)} subjects"
    ending, _, found = texts.verdict(results).partition(": ")
    seeds = {session.started.seed for session in results.sessions} - {None}
    about = f"{results.at:%Y-%m-%d %H:%M} {results.at.tzname() or ''}" + "".join(
        f", seed {seed}" for seed in seeds
    )
    lead = (
        f'<div class="verdict"><span class="tag {_TAGS.get(results.verdict, "warning")}">{ending}</span>'
        f'<span>{escaped(found)}</span> <span class="soft">{escaped(about)}</span></div>'
    )
    body = [_figures(results), _tools(results)]
    body.append('<div class="wide">')
    for number, session in enumerate(results.sessions):
        body += _session(session, number, is_only=len(subjects) == 1)
    body += _notices(results.said)
    body.append("</div>")
    return page(title, "\n".join(body), lead=lead)


def _figures(results: Results) -> str:
    """Return the numbers, largest and first what counts."""
    counts = results.counts
    rows = [
        (level.value, counts[level], f"{level.value}{'' if counts[level] == 1 else 's'}") for level in Level
    ]
    figures = [
        f'<li class="{name if number else ""}"><b>{number:,}</b>{text}</li>'
        for name, number, text in [*rows, ("", results.accepted, "accepted")]
        if number or name == Level.ERROR
    ]
    totals: Counter[str] = Counter()
    for session in results.sessions:
        totals.update(session.ended.counts)
    figures += [f"<li><b>{number:,}</b>{escaped(name)}</li>" for name, number in totals.items()]
    seconds = sum(session.ended.seconds for session in results.sessions)
    if seconds >= 0.1:
        figures.append(f"<li><b>{seconds:,.1f}</b>seconds</li>")
    return f'<div class="wide"><ul class="figures">{"".join(figures)}</ul></div>'


def _tools(results: Results) -> str:
    """Return the filters, which the script shows."""
    counts = Counter(finding.level for finding in results.findings)
    boxes = [
        f'<label><input type="checkbox" name="level" value="{level.value}" checked>'
        f" {level.value}s ({counts[level]})</label>"
        for level in Level
        if counts[level]
    ]
    if results.accepted:
        boxes.append(
            f'<label><input type="checkbox" name="accepted" checked> accepted ({results.accepted})</label>'
        )
    checks = sorted({finding.check for finding in results.findings})
    options = "".join(f'<option value="{escaped(check)}">{escaped(check)}</option>' for check in checks)
    choice = f'<select name="check" aria-label="Check"><option value="">all checks</option>{options}</select>'
    return (
        '<div class="tools" hidden><form class="wide" role="search" aria-label="Findings">'
        '<input type="search" name="search" placeholder="Search findings (press /)" aria-label="Search findings">'
        f"{choice if len(checks) > 1 else ''}{''.join(boxes)}"
        '<button type="button" class="all">Open all</button>'
        '<span class="shown" role="status" aria-live="polite"></span></form></div>'
    )


def _session(session: Session, number: int, *, is_only: bool) -> Iterator[str]:
    if not is_only:
        yield f"<h2>{escaped(texts.subject(session))}</h2>"
        yield f'<p class="soft">{escaped(texts.numbers(session))}</p>'
    yield from _notices(session.said)
    findings = texts.sorted_findings(session.findings)
    if not findings:
        yield '<p class="card empty">Nothing was found.</p>'
    for operation, group in groupby(findings, key=lambda finding: finding.operation):
        yield f'<section class="group"><h3>{escaped(operation) or "In general"}</h3>'
        for finding in group:
            yield _finding(finding, f"{number + 1}-{finding.fingerprint}")
        yield "</section>"
    if session.tests:
        yield _tests(session.tests)


def _finding(finding: Finding, anchor: str) -> str:
    known = " data-known" if finding.known else ""
    tag = '<span class="tag">accepted</span>' if finding.known else _level(finding.level)
    times = f"{finding.times:,} times" if finding.times > 1 else ""
    return (
        f'<details class="card finding{" known" if finding.known else ""}" id="{anchor}"'
        f' data-operation="{escaped(finding.operation)}" data-level="{finding.level.value}"'
        f' data-check="{escaped(finding.check)}"{known}>'
        f'<summary>{tag}<span class="what">{escaped(texts.line(finding.title))}</span>'
        f'<span class="soft times">{times}</span>'
        f'<span class="seen">{escaped(texts.line(finding.message))}</span></summary>'
        f'<div class="inner"><p class="message">{escaped(finding.message)}</p>{"".join(_parts(finding))}'
        f'<p class="ids">{escaped(finding.check)} · id <a href="#{anchor}">{finding.fingerprint}</a>'
        f"{' · ' + escaped(finding.level.value) if finding.known else ''}</p></div></details>\n"
    )


def _level(level: Level) -> str:
    return f'<span class="tag {level.value}">{level.value}</span>'


def _parts(finding: Finding) -> Iterator[str]:
    if finding.known:
        yield f"<h4>Accepted</h4><p>{escaped(finding.known)}</p>"
    for number, (sent, came) in enumerate(finding.before, 1):
        yield _sent(f"Before, {number}" if len(finding.before) > 1 else "Before", sent)
        if came:
            yield _came("", came)
    if finding.sent:
        yield _sent("Sent", finding.sent)
    if finding.came:
        yield _came("Came", finding.came)
    for name, sent, came in finding.beside:
        yield _sent(f"Sent to {texts.line(name)}", sent)
        yield _came(f"Came from {texts.line(name)}", came) if came else "<p>No answer came.</p>"
    if finding.says:
        yield f"<h4>The document says</h4><code>{escaped(texts.says(finding.says))}</code>"
        if finding.says.text:
            yield f"<pre>{escaped(finding.says.text)}</pre>"
    if finding.advice:
        yield f'<p class="todo">{escaped(finding.advice)}</p>'


def _sent(name: str, sent: Sent) -> str:
    return (
        f'<div class="part"><div class="line"><h4>{escaped(name)}</h4>'
        f'<button type="button" class="copy" hidden>Copy</button></div><pre>{escaped(sent.curl())}</pre></div>'
    )


def _came(name: str, came: Came) -> str:
    heading = f"<h4>{escaped(name)}</h4>" if name else ""
    body = texts.body(came)
    shown = f"<pre>{escaped(body)}</pre>" if body else ""
    headers = "\n".join(f"{texts.line(name)}: {texts.line(value)}" for name, value in came.headers)
    if headers:
        shown += f'<details class="more"><summary class="soft">headers</summary><pre>{escaped(headers)}</pre></details>'
    return f"{heading}<div>{escaped(texts.status(came))}</div>{shown}"


def _notices(said: Iterable[Said]) -> Iterator[str]:
    lines = [f"<li>{_level(one.level)} {escaped(texts.line(one.text))}</li>" for one in said]
    if lines:
        yield f'<ul class="card notices">{"".join(lines)}</ul>'


def _tests(tests: Iterable[Tested]) -> str:
    tests = list(tests)
    rows = "".join(map(_test, tests))
    return (
        f'<details class="card more"><summary>All that was tested ({len(tests)})</summary><div class="scroll"><table>'
        '<thead><tr><th scope="col">Test</th><th scope="col">Part</th><th scope="col">Result</th>'
        '<th scope="col" class="num">Cases</th><th scope="col" class="num">Seconds</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div></details>"
    )


def _test(test: Tested) -> str:
    counting = [finding for finding in test.findings if not finding.known]
    if test.skipped:
        result = f'<span class="tag">skipped</span> {escaped(texts.line(test.skipped))}'
    elif counting:
        result = _level(min((finding.level for finding in counting), key=lambda level: level.rank))
    else:
        result = f'<span class="tag good">{"accepted" if test.findings else "fine"}</span>'
    return (
        f'<tr><td class="mono">{escaped(texts.line(test.name))}</td><td>{escaped(texts.line(test.group))}</td>'
        f'<td>{result}</td><td class="num">{test.cases:,}</td><td class="num">{test.seconds:.2f}</td></tr>'
    )
