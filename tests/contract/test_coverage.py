"""Coverage for people: the table, the page, Markdown, and the command."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from mockserver.cli import cli
from mockserver.contract.coverage import markdown, page, table
from mockserver.contract.coverage.grouping import group_of
from mockserver.document import builder
from mockserver.errors import MockserverError
from mockserver.mocking.coverage import Coverage, Report, report
from mockserver.mocking.judging import Message, Reply

EVIL = '<script>alert(1)</script>\n\x1b[31m"&'
JSON = [(b"content-type", b"application/json")]


def root(paths: dict[str, Any], title: str = "Shop") -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths}


def operation(id: str, *tags: str, **more: Any) -> dict[str, Any]:
    return {"operationId": id, "tags": list(tags), "responses": {"200": {"description": ""}}, **more}


SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}, "kind": {"enum": ["cat", "dog"]}}}
SMALL = root(
    {
        "/pets": {
            "get": operation(
                "listPets", "pets", parameters=[{"name": "kind", "in": "query", "schema": {"type": "string"}}]
            ),
            "post": operation(
                "createPet", "pets", requestBody={"content": {"application/json": {"schema": SCHEMA}}}
            ),
        },
        "/owners": {"get": operation("listOwners", "owners"), "post": operation("createOwner", "owners")},
    }
)


def counted(document: dict[str, Any], *exchanges: tuple[Message, Reply | None]) -> Report:
    coverage = Coverage(builder.build(document, Path("shop.yaml")))
    for message, reply in exchanges:
        coverage.take(message, reply)
    return report(coverage)


LIST = Message("GET", "/pets"), Reply(200)
CREATE = Message("POST", "/pets", b"", JSON, b'{"kind": "cat"}'), Reply(418)


def text(found: Report, **options: Any) -> str:
    return "\n".join(table.lines(found, **options))


def test_table_tells_first_what_was_never_called_and_then_what_is_missing() -> None:
    shown = text(counted(SMALL, LIST, CREATE, (Message("GET", "/nope"), Reply(404))), plain=True)

    assert shown.isascii()
    assert shown.startswith("Shop (shop): ")
    never, called = shown.index("Never called (2 of 4):"), shown.index("Called, but never like this:")
    assert never < shown.index("GET    /owners  listOwners") < called < shown.index("query.kind: never given")
    assert 'request kind: never "dog"' in shown
    assert "POST /pets answered 418, which the document does not declare (1 time)" in shown
    assert "1 request led to no operation that counts: GET /nope" in shown


def test_table_of_a_large_document_is_short_unless_all_is_wanted() -> None:
    many = root({f"/p{number}": {"get": operation(f"get{number}", "all")} for number in range(100)})
    parameters = [{"name": f"q{number}", "in": "query", "schema": {}} for number in range(30)]
    many["paths"]["/p0"]["get"]["parameters"] = parameters
    found = counted(many, (Message("GET", "/p0"), Reply(200)))

    assert "... and 39 more (--all)" in text(found)
    assert "... and 24 more (--all)" in text(found)
    assert len(text(found).splitlines()) < 90
    assert "--all" not in text(found, everything=True)
    assert "/p99" in text(found, everything=True)


@pytest.mark.parametrize(
    ("tags", "path", "group"),
    [
        (["pets", "x"], "/a", "pets"),
        ([], "/v1/customers/{id}", "customers"),
        ([], "/api/v2.1/things", "things"),
        ([], "/{id}", "/"),
        ([], "/", "/"),
    ],
)
def test_operation_belongs_to_its_first_tag_or_to_the_first_telling_part_of_its_path(
    tags: list[str], path: str, group: str
) -> None:
    document = builder.build(root({path: {"get": {"tags": tags, "responses": {}}}}), Path("a.yaml"))

    assert [group_of(item) for item in document.operations.values()] == [group]


class Page(HTMLParser):
    """Gathers the tags that are open at the end, and what the page would load."""

    VOID = frozenset({"meta", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str | None] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value for name, value in attrs if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_page_is_whole_and_needs_nothing_else() -> None:
    html = page.write(counted(SMALL, LIST, CREATE))
    read = Page(html)

    assert read.open == []
    assert read.loaded == ["data:,"]
    assert "script-src 'sha256-" in html
    assert "@import" not in html
    assert "url(" not in html
    for said in ("never called", "createOwner", "never &quot;dog&quot;", "418", "2 of 4"):
        assert said in html


def test_what_strangers_wrote_is_no_markup_in_any_report() -> None:
    document = root(
        {"/a": {"get": operation(EVIL, EVIL, parameters=[{"name": EVIL, "in": "query", "schema": {}}])}},
        EVIL,
    )
    found = counted(document, (Message("GET", f"/{EVIL}"), Reply(404)), (Message("GET", "/a"), Reply(200)))
    html = page.write(found)

    assert Page(html).tags.count("script") == 1
    assert "\x1b" not in html + text(found) + markdown.write(found)
    for line in markdown.write(found).splitlines():
        outside = re.sub(r"(`+).*?\1", "", line)
        assert not re.search(r"(?<!\\)<(?!/?details>|/?summary>)", outside), line


def test_markdown_has_the_figures_and_what_is_missing() -> None:
    shown = markdown.write(counted(SMALL, LIST, CREATE))

    assert "| operations | 2 | 4 | 50 % |" in shown
    assert "- **owners**: `GET /owners`, `POST /owners`" in shown
    assert '  - `request kind: never "dog"`' in shown


# The command.


def exchange(method: str = "GET", path: str = "/pets") -> dict[str, Any]:
    return {
        "method": method,
        "path": path,
        "query": "",
        "status": 200,
        "request": {"headers": {}, "body": None},
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(SMALL))
    (tmp_path / "run.ndjson").write_text(json.dumps(exchange()) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["coverage", "shop.yaml", *arguments])


def test_command_shows_the_table(folder: Path) -> None:
    done = run("run.ndjson")

    assert done.exit_code == 0
    assert done.output.startswith("Shop (shop): ")
    assert "operations                   1 of 4     25 %" in done.output


@pytest.mark.parametrize(
    ("least", "code", "said"),
    [
        (["10"], 0, ""),
        (["99.5"], 1, "in all: 10 % is less than 99.5 %"),
        (["operations=25"], 0, ""),
        (["operations=25", "statuses=26%"], 1, "statuses: 25 % is less than 26 %"),
    ],
)
def test_too_little_is_exit_code_1(folder: Path, least: list[str], code: int, said: str) -> None:
    done = run("run.ndjson", *(part for text in least for part in ("--min", text)))

    assert done.exit_code == code, done.output
    assert said in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run.ndjson", "--min", "x"], "'x' is no percentage"),
        (["run.ndjson", "--min", "101"], "'101' is no percentage"),
        (["run.ndjson", "--min", "nan"], "'nan' is no percentage"),
        (["run.ndjson", "--min", "colour=3"], "there is no 'colour'; there are operations, parameters,"),
        (["run.ndjson", "--report", "pdf"], "'pdf' is no report; write FORMAT or FORMAT=FILE"),
        (["run.ndjson", "--report", "html=shop.yaml/a.html"], "cannot write the report shop.yaml/a.html"),
        (["run.ndjson", "--include-id", "nope"], "no operation has the operation id 'nope'"),
        (["none.ndjson"], "cannot read none.ndjson"),
        (["shop.yaml"], "shop.yaml is no journal"),
    ],
)
def test_wrong_use_is_told(folder: Path, arguments: list[str], said: str) -> None:
    done = run(*arguments)

    assert isinstance(done.exception, MockserverError)
    assert said in str(done.exception)


def test_only_chosen_operations_and_statuses_are_asked_for(folder: Path) -> None:
    done = run("run.ndjson", "--exclude-tag", "owners", "--exclude-method", "post", "--ignore-status", "2xx")

    assert "operations                   1 of 1    100 %" in done.output
    assert "statuses          nothing to exercise" in done.output


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        ([], 0),
        (["--mounted-at", "shop/v1/"], 1),
        (["--mounted-at", "/shop/v1", "--origin", "https://API.example.com/"], 1),
        (["--mounted-at", "/shop/v1", "--origin", "https://other.example.com"], 0),
        (["--mounted-at", "/"], 0),
    ],
)
def test_server_may_be_mounted_anywhere_and_one_of_several(
    folder: Path, arguments: list[str], called: int
) -> None:
    entry = {
        "request": {"method": "GET", "url": "https://api.example.com/shop/v1/pets", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"size": 0}},
    }
    (folder / "a.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))

    assert f"operations                   {called} of 4" in run("a.har", *arguments).output


def test_several_journals_are_one(folder: Path) -> None:
    (folder / "other.ndjson").write_text(json.dumps(exchange("POST", "/owners")) + '\n{"number":3,"wor')
    done = run("run.ndjson", "other.ndjson")

    assert "operations                   2 of 4     50 %" in done.output
    assert "other.ndjson: a line was cut off, and left out" in done.output


def test_reports_are_written_and_one_to_standard_output_stands_for_the_table(folder: Path) -> None:
    done = run("run.ndjson", "--report", "json", "--report", "html=a.html", "--report", "markdown=a.md")
    value = json.loads(done.output)

    assert value["dimensions"]["operations"] == {"seen": 1, "of": 4, "percent": 25.0}
    assert {"schemas", "operations", "never_called", "elsewhere"} <= value.keys()
    assert (folder / "a.html").read_text("utf-8").startswith("<!doctype html>")
    assert (folder / "a.md").read_text("utf-8").startswith("## Coverage of Shop: ")
