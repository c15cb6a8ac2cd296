"""Texts that all reports share: how a finding is told, and how text of strangers is made harmless."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

from mockserver import jsontext
from mockserver.contract.events import Verdict
from mockserver.contract.findings import Came, Finding, Level, Says, Sent
from mockserver.contract.pretty import pretty
from mockserver.contract.results import Results, Session

BODY_LINES: Final = 24
BODY_WIDTH: Final = 400
"""Lines of a body that are shown, and characters of each."""
BODY_BYTES: Final = 262_144
"""Bytes of a body that are looked at."""

_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_SEEN: Final = re.compile(r"[\t\n\x20-\x7e]*\Z")


def visible(text: str) -> str:
    r"""Return a text without anything that steers terminals, parsers or eyes; `\x1b` is shown for what was there.

    What is left: line feeds, tabs, and characters that can be seen. So it may stand in XML 1.0 (section 2.2), and
    can turn neither colours nor the direction of reading (CVE-2021-42574).
    """
    if _SEEN.match(text):
        return text
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def _shown(character: str) -> str:
    if character in "\t\n" or unicodedata.category(character) not in _HIDDEN:
        return character
    number = ord(character)
    return (
        f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65536 else f"\\U{number:08x}"
    )


def line(text: str) -> str:
    """Return a text as one visible line."""
    return " ".join(visible(text).split())


def counted(number: int, word: str) -> str:
    """Return a number with its word, in the plural where it must be."""
    if number == 1:
        return f"1 {word}"
    many = f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else f"{word}s"
    return f"{number:,} {many}"


class Part(NamedTuple):
    """One part of what is told about a finding.

    Attributes:
        name: `document`, `sent`, `came`, `before` or `to do`.
        text: A line, or a few.
        block: More of it, that keeps its lines: a body, a rule.
        is_code: Whether `text` is code, too.
    """

    name: str
    text: str
    block: str = ""
    is_code: bool = False


def parts(finding: Finding) -> list[Part]:
    """Return what there is to say about a finding besides its message, in the order of reading."""
    told: list[Part] = []
    for number, (sent, came) in enumerate(finding.before, 1):
        told.append(_sent(f"before {number}" if len(finding.before) > 1 else "before", sent))
        if came:
            told.append(Part("", status(came)))
    if finding.sent:
        told.append(_sent("sent", finding.sent))
    if finding.came:
        told.append(Part("came", status(finding.came), body(finding.came)))
    for name, sent, came in finding.beside:
        told.append(_sent(line(name), sent))
        told.append(Part("", status(came), body(came)) if came else Part("", "no answer"))
    if finding.says:
        told.append(Part("document", says(finding.says), visible(finding.says.text)))
    if finding.advice:
        told.append(Part("to do", visible(finding.advice)))
    if finding.known:
        told.append(Part("accepted", visible(finding.known)))
    return told


def _sent(name: str, sent: Sent) -> Part:
    return Part(name, visible(sent.curl()), is_code=True)


def says(said: Says) -> str:
    """Return where the document says something: `api.yaml:12:5 #/paths/~1pets/get`."""
    return f"{place(said)} #{line(said.pointer)}".strip()


def file_of(finding: Finding, document: str) -> str:
    """Return the file that a finding leads to; "" where the document is known by a name only."""
    said = finding.says.file if finding.says else ""
    return said or (document if document.lower().endswith((".yaml", ".yml", ".json")) else "")


def place(said: Says) -> str:
    """Return a place as editors understand it: `api.yaml:12:5`."""
    numbers = [str(number) for number in (said.line, said.column if said.line else None) if number]
    return ":".join([line(said.file), *numbers])


def status(came: Came) -> str:
    """Return an answer in a line: `404 Not Found, application/json, 12 ms`."""
    try:
        phrase = HTTPStatus(came.status).phrase
    except ValueError:
        phrase = ""
    media_type = header(came.headers, "content-type")
    elapsed = "" if came.elapsed_ms is None else f"{came.elapsed_ms:,.0f} ms"
    return line(", ".join(part for part in (f"{came.status} {phrase}".strip(), media_type, elapsed) if part))


def header(headers: tuple[tuple[str, str], ...], name: str) -> str:
    """Return the value of a header, "" if it is not there."""
    return next((value for given, value in headers if given.lower() == name), "")


def body(came: Came) -> str:
    """Return the body of an answer for people: JSON in lines, other text as it is, of anything else its size."""
    if not came.body:
        return ""
    data = came.body[:BODY_BYTES]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(data) - 3 or error.start == 0:
            return f"({len(came.body):,} bytes that are no text)"
        text = data[: error.start].decode("utf-8")  # Cut within a character.
    try:
        value = jsontext.loads(text)
        text = pretty(value) if isinstance(value, Mapping | list) else text
    except jsontext.JsonError:
        pass  # It is shown as it is.
    return cut(visible(text))


def cut(text: str) -> str:
    """Return a text of which what is too long is left out."""
    lines = text.split("\n")
    shown = [one if len(one) <= BODY_WIDTH else f"{one[:BODY_WIDTH]}..." for one in lines[:BODY_LINES]]
    if len(lines) > BODY_LINES:
        shown.append(f"... and {counted(len(lines) - BODY_LINES, 'more line')}")
    return "\n".join(shown)


def plain(finding: Finding) -> str:
    """Return all about a finding as lines of plain text."""
    times = f", {finding.times:,} times" if finding.times > 1 else ""
    lines = [
        f"{finding.level.value}: {line(finding.title)} ({line(finding.check)} {finding.fingerprint}{times})",
        visible(finding.message),
    ]
    for part in parts(finding):
        block = f"\n{part.block}" if part.block else ""
        told = f"{part.text}{block}".replace("\n", "\n" + " " * 10)
        lines.append(f"{part.name:9} {told}")
    return "\n".join(lines)


# Whole runs.


def subject(session: Session) -> str:
    """Return what was tested: `verify http://localhost:8080 against api.yaml`."""
    started = session.started
    against = (
        f" against {started.document}" if started.document and started.document != started.subject else ""
    )
    return line(f"{started.tool} {started.subject}{against}")


def numbers(session: Session) -> str:
    """Return the numbers of a session: `12 operations, 340 requests, 4.2 s, seed 1`."""
    ended = session.ended
    told = [f"{number:,} {_agreeing(name, number)}" for name, number in ended.counts.items()]
    if ended.seconds:
        told.append(f"{ended.seconds:.1f} s" if ended.seconds < 100 else f"{ended.seconds:,.0f} s")
    if session.started.seed is not None:
        told.append(f"seed {session.started.seed}")
    return line(", ".join(told))


def _agreeing(plural: str, number: int) -> str:
    if number != 1:
        return plural
    return f"{plural[:-3]}y" if plural.endswith("ies") else plural.removesuffix("s")


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings by operation, the operation with the worst first; what counts before what is accepted."""

    def badness(finding: Finding) -> tuple[bool, int]:
        return bool(finding.known), finding.level.rank

    worst: dict[str, tuple[bool, int]] = {}
    for finding in findings:
        worst[finding.operation] = min(worst.get(finding.operation, (True, 9)), badness(finding))
    return sorted(
        findings,
        key=lambda item: (worst[item.operation], item.operation, badness(item), item.check, item.place),
    )


def verdict(results: Results) -> str:
    """Return how it ended: `failed: 2 errors, 1 warning, 3 accepted`."""
    ending = {
        Verdict.CLEAN: "passed",
        Verdict.BROKEN: "failed",
        Verdict.FAILED: "not finished",
        Verdict.INTERRUPTED: "interrupted",
    }
    return f"{ending[results.verdict]}: {found(results)}"


def found(results: Results) -> str:
    """Return what was found in numbers: `2 errors, 1 warning, 3 accepted`."""
    counts = results.counts
    told = [counted(counts[level], level.value) for level in Level if counts[level]]
    if results.accepted:
        told.append(f"{results.accepted} accepted")
    return ", ".join(told) or "nothing found"
