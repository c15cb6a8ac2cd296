"""Annotations of GitHub Actions, and Markdown for the summary of a job."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt

from mockserver.contract.events import Ended, Found, Said, Verdict
from mockserver.contract.findings import Finding, Level
from mockserver.contract.reports import github, markdown
from mockserver.contract.results import Results

from .samples import BODY, KNOWN, LINES, NASTY, STARTED, TEXTS, drenched, hostile, results

COMMAND = re.compile(r"::(error|warning|notice)(?: ((?:\w+=[^:,\r\n]*,?)+))?::([^\r\n]*)")
TAGS = {
    "h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "code", "pre", "strong",
    "ul", "li",
}  # fmt: skip


def undone(text: str) -> str:
    """Undo the escaping as the runner does."""
    for token, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(token, character)
    return text


def annotations(found: Results) -> list[tuple[str, dict[str, str], str]]:
    """Return the commands of a report as the runner reads them."""
    parsed = []
    for line in github.write(found).splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = [pair.partition("=") for pair in (match[2] or "").split(",") if pair]
        parsed.append((match[1], {name: undone(value) for name, _, value in pairs}, undone(match[3])))
    return parsed


def test_annotation_stands_at_the_line_of_the_document() -> None:
    level, properties, message = annotations(results())[0]
    assert level == "error"
    assert properties == {
        "file": "api.yaml",
        "line": "34",
        "col": "11",
        "title": f"{BODY.operation}: {BODY.title}",
    }
    assert message.splitlines()[0] == BODY.message
    assert "to do: Correct the server" in message


def test_accepted_finding_has_no_annotation() -> None:
    assert not any(
        KNOWN.operation in properties.get("title", "") for _, properties, _ in annotations(results())
    )


def test_more_than_github_shows_is_told() -> None:
    many = [Found(Finding("x", Level.ERROR, "t", "m", f"GET /{number}")) for number in range(25)]
    found = annotations(results((STARTED, *many, Ended(Verdict.BROKEN))))
    assert len(found) == github.AT_MOST
    assert found[-1][2].startswith("and 16 more errors; ")


def test_what_a_person_must_know_is_an_annotation() -> None:
    found = annotations(
        results((STARTED, Said("100% sure", Level.WARNING), Said("fine"), Ended(Verdict.CLEAN)))
    )
    assert found == [("warning", {}, "100% sure")]


@given(hostile())
@settings(max_examples=40, deadline=None)
def test_text_of_strangers_makes_no_command(found: Results) -> None:
    annotations(found)


@pytest.mark.parametrize("text", [*NASTY, *LINES])
def test_every_nasty_text_makes_no_command(text: str) -> None:
    test_text_of_strangers_makes_no_command.hypothesis.inner_test(drenched(text))


# Markdown.


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.open.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def rendered(text: str) -> Tags:
    """Return what a reader of CommonMark with tables and bare links makes of a text."""
    html = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").render(text)
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    return tags


def test_summary_tells_numbers_and_each_finding() -> None:
    text = markdown.write(results())
    assert text.startswith("## Failed: 1 error, 1 warning, 1 note, 1 accepted\n")
    tags = rendered(text)
    assert tags.seen.count("details") == 4
    whole = "".join(tags.texts)
    for part in (
        BODY.message,
        "curl -sS -i",
        "api.yaml:34:11",
        '{"id": 1, "items": [{"name": 7}]}',
        BODY.advice,
    ):
        assert part in whole


def test_summary_stays_within_what_github_takes() -> None:
    many = [Found(Finding("x", Level.ERROR, "t", "m" * 5000, f"GET /{number}")) for number in range(400)]
    text = markdown.write(results((STARTED, *many, Ended(Verdict.BROKEN))))
    assert len(text.encode()) < 2**20
    assert re.search(r"And \d+ more findings; other reports tell of all of them", text)


@given(hostile())
@settings(max_examples=40, deadline=None)
def test_text_of_strangers_becomes_neither_markup_nor_links(found: Results) -> None:
    tags = rendered(markdown.write(found))
    assert set(tags.seen) <= TAGS
    assert {name for name, _ in tags.attributes} <= {"class", "style"}
    assert tags.seen.count("details") == len(found.findings)


@pytest.mark.parametrize("text", [*NASTY, *LINES])
def test_every_nasty_text_becomes_neither_markup_nor_links(text: str) -> None:
    test_text_of_strangers_becomes_neither_markup_nor_links.hypothesis.inner_test(drenched(text))


@given(TEXTS)
def test_text_is_shown_as_it_is(text: str) -> None:
    shown = markdown.text(text)
    assert not re.search(r"https?://|www\.|@\w", shown)
    if shown:
        assert "".join(rendered(shown).texts).strip() == markdown.texts.line(text)


@pytest.mark.parametrize(
    "text", ["1. one", "- a", "+ a", "# a", "> a", "=====", "a | b", ":smile:", "http://x", "#12"]
)
def test_marks_at_the_beginning_make_nothing(text: str) -> None:
    tags = rendered(markdown.text(text))
    assert tags.seen == ["p"]
    assert "".join(tags.texts).strip() == text


@given(TEXTS)
@example("```\na\n````` b")
def test_fence_holds_whatever_is_in_it(text: str) -> None:
    shown = markdown.texts.visible(text)
    tags = rendered("\n".join([*markdown.fence(shown), "after"]))
    assert tags.seen == ["pre", "code", "p"]
    assert tags.texts[-1].strip() == "after" or tags.texts[-2].strip() == "after"
