"""One HTML file that works offline, whatever a server has answered."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from mockserver.contract.events import Ended, Verdict
from mockserver.contract.reports import webpage
from mockserver.contract.reports.page import escaped, page
from mockserver.contract.results import Results

from .samples import BODY, EVENTS, KNOWN, LINES, NASTY, STARTED, TEXTS, drenched, hostile, results

VOID = {"meta", "link", "input", "br"}
LOADING = {"src", "srcset", "action", "formaction", "background", "data", "poster", "style"}


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            self.raw[self.open[-1]] = self.raw.get(self.open[-1], "") + data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


def checked(found: Results) -> Page:
    """Return the page of a report; it is well-formed, asks for nothing, and runs only what is ours."""
    read = Page(webpage.write(found))
    assert (
        len(read.all("script")) == len(read.all("style")) == len(read.all("main")) == len(read.all("h1")) == 1
    )
    for tag, attributes in read.tags:
        assert not LOADING & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag
        if "href" in attributes:
            assert attributes["href"].startswith("#") or attributes["href"] == "data:,"
    ids = [attributes["id"] for _, attributes in read.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    return read


def test_page_tells_all_about_each_finding() -> None:
    read = checked(results())
    assert [item["data-level"] for item in read.all("details") if "data-level" in item] == [
        "error", "warning", "note", "warning",
    ]  # fmt: skip
    for part in (
        BODY.message, "curl -sS -i -H 'Authorization: [redacted]'", "200 OK, application/json, 12 ms",
        '{"id": 1, "items"',
        "api.yaml:34:11 #/components/schemas/Pet/properties/name/type", "type: string", BODY.advice, BODY.fingerprint,
        "3 times", KNOWN.known, "the limit of 10 requests", "no valid body could be made", "112", "seed 7",
    ):  # fmt: skip
        assert part in read.text, part


def test_policy_lets_only_our_own_script_and_style_work() -> None:
    read = checked(results())
    (policy,) = [
        item["content"] for item in read.all("meta") if item.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none';")
    for tag in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(read.raw[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
        assert not re.search(r"https?:|//[a-z]|@import|url\(", read.raw[tag])


def test_page_can_be_used_without_eyes_and_without_a_mouse() -> None:
    read = checked(results())
    assert ("html", {"lang": "en"}) in read.tags
    for control in (*read.all("input"), *read.all("select")):
        assert "aria-label" in control or control["type"] == "checkbox"
    assert {item["scope"] for item in read.all("th")} == {"col"}
    assert [item for item in read.all("span") if item.get("role") == "status"]


def test_page_of_a_clean_run_says_so() -> None:
    read = checked(results((STARTED, Ended(Verdict.CLEAN))))
    assert "passed" in read.text
    assert "Nothing was found." in read.text


def test_several_servers_are_parts_of_one_page() -> None:
    read = checked(results((*EVENTS, *EVENTS)))
    assert len(read.all("h2")) == 2


@given(hostile())
@settings(max_examples=40, deadline=None)
def test_text_of_strangers_stays_text(found: Results) -> None:
    checked(found)


@pytest.mark.parametrize("text", [*NASTY, *LINES])
def test_every_nasty_text_stays_text(text: str) -> None:
    test_text_of_strangers_stays_text.hypothesis.inner_test(drenched(text))


@given(TEXTS)
def test_escaped_text_is_read_as_what_can_be_seen_of_it(text: str) -> None:
    read = Page(f'<p title="{escaped(text)}">{escaped(text)}</p>')
    assert read.text == read.tags[0][1]["title"]
    assert [tag for tag, _ in read.tags] == ["p"]


def test_other_pages_can_have_the_same_look() -> None:
    read = Page(page("Coverage & more", "<p>body</p>", script=False))
    assert read.all("script") == []
    assert "Coverage & more" in read.text
