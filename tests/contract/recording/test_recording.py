"""A real server, recorded through the real proxy and replayed: the client sees the same, and no secret is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.recording.recorder import Options, Recorder, Written
from mockserver.contract.traffic import Recorded
from mockserver.document import builder, plan_file
from mockserver.errors import UsageError
from mockserver.mocking.judging import Message, Reply
from mockserver.server.assembly import assemble
from mockserver.server.proxying import Context, Proxy, Relayed
from mockserver.server.proxying import Options as Relaying
from mockserver.server.proxying.pool import Way
from mockserver.server.proxying.target import address
from mockserver.server.proxying.wire import relaying_protocol
from mockserver.server.running import bind, in_background
from mockserver.settings import Settings, Source

from . import shop
from .client import Client
from .leaks import WRITINGS, leaks

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
Seen = list[tuple[str, int, Any]]


def write_document(folder: Path, document: dict[str, Any] = shop.DOCUMENT) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "shop.yaml"
    path.write_text(json.dumps(document))
    return path


def make_recorder(path: Path, **options: Any) -> Recorder:
    document = builder.load(path)
    return Recorder(document, plan_file.load(document), Options(**options))


@contextmanager
def mock(path: Path, fixtures: Path) -> Iterator[str]:
    """Serve the document with the fixtures, and give the origin."""
    application = assemble(
        Settings(documents=(Source(path),), fixtures=fixtures, log=False, clock=NOON), lambda: NOON
    )
    with in_background(application.asgi, bind("127.0.0.1", 0)) as origin:
        yield origin


def record(recorder: Recorder, path: Path) -> Seen:
    """Let a client work on a new shop through a proxy that records."""
    with ExitStack() as stack:
        upstream = stack.enter_context(shop.serving())
        application = assemble(Settings(documents=(Source(path),), log=False), lambda: datetime.now(UTC))

        def take(relayed: Relayed) -> None:
            recorder.take(Recorded(relayed.message, relayed.reply, upstream), relayed.judged)

        where = Way(address(upstream, "UPSTREAM"), patience_seconds=10)
        served = application.documents[0]
        proxy = Proxy(Context(served, application.asgi, application.world, where, Relaying(), take))
        running = in_background(proxy, bind("127.0.0.1", 0), relaying_protocol, proxy.close)
        return Client(stack.enter_context(running)).work()


class Recording:
    """A recording of a client at work, with both orders of its seeds."""

    def __init__(self, folder: Path) -> None:
        self.path = write_document(folder)
        self.recorder = make_recorder(self.path, redact=("ssn",), seeds="first")
        self.seen = record(self.recorder, self.path)
        self.first = folder / "first"
        self.last = folder / "last"
        self.written = self.recorder.write(self.first)
        self.recorder.options = replace(self.recorder.options, seeds="last")
        self.recorder.write(self.last)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return Recording(tmp_path_factory.mktemp("recording"))


def hidden(recorder: Recorder, seen: Seen) -> Seen:
    """Return what was seen as it is without secrets."""
    redaction = recorder._redaction
    return [
        (what, status, redaction.text(body) if isinstance(body, str) else redaction.value(body))
        for what, status, body in seen
    ]


REFUSED = {("POST /login", 401), ("GET /owners/NEW", 404), ("GET /owners/2", 404)}
"""Refusals that the mock makes itself, in its own words; and a login that failed is no reason to let nobody in."""


def test_client_sees_the_same_when_it_is_replayed(recording: Recording) -> None:
    with mock(recording.path, recording.first) as origin:
        replayed = Client(origin).work()

    # What the client sends comes back as it is: in this, too, there is what was hidden before.
    both = (hidden(recording.recorder, seen) for seen in (recording.seen, replayed))
    for real, ours in zip(*both, strict=True):
        if real[0] == "POST /login" and real[1] == 401:
            continue
        assert real[:2] == ours[:2]
        if real[:2] not in REFUSED:
            assert real == ours


def test_what_was_seen_last_is_what_is_there(recording: Recording) -> None:
    with mock(recording.path, recording.last) as origin:
        client = Client(origin, token="any")
        owners = client.ask("GET", "/owners")
        pets = client.ask("GET", "/owners/1/pets")

    assert [(owner["id"], owner["name"]) for owner in owners] == [(1, "Ann")]
    assert [pet["name"] for pet in pets] == ["Rex", "Tom", "Kim"]


@pytest.mark.parametrize("secret", shop.SECRETS)
def test_no_secret_is_in_the_fixtures_in_any_encoding(recording: Recording, secret: str) -> None:
    for path in sorted(recording.first.rglob("*")) + sorted(recording.last.rglob("*")):
        assert leaks(secret, str(path)) == []
        if path.is_file():
            assert leaks(secret, path.read_bytes().decode("latin-1")) == [], path


def test_what_was_redacted_is_counted(recording: Recording) -> None:
    assert recording.written.redacted == {
        "JWT": 1, "chosen value": 1, "cookie": 1, "credential": 2, "e-mail address": 2,
    }  # fmt: skip


def test_fixtures_are_what_the_document_allows_and_nothing_needs_to_be_told(recording: Recording) -> None:
    assert recording.written.notes == ()
    assert recording.written.records == {"owners": 2, "pets": 2}
    assert recording.written.responses["report"] == 5


def test_same_recording_gives_the_same_bytes_and_writing_again_changes_nothing(
    recording: Recording, tmp_path: Path
) -> None:
    path = write_document(tmp_path)
    again = make_recorder(path, redact=("ssn",), seeds="first")
    record(again, path)
    again.write(tmp_path / "again")

    assert contents(tmp_path / "again") == contents(recording.first)
    assert again.write(recording.first).files == ()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


# One exchange at a time.


Take = Callable[..., Recorder]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Record exchanges that are written down: (method, path, request body, status, answer[, media type])."""

    def take(*exchanges: Any, document: dict[str, Any] | None = None, **options: Any) -> Recorder:
        recorder = make_recorder(write_document(tmp_path, document or shop.DOCUMENT), **options)
        for method, target, body, status, answer, *kind in exchanges:
            recorder.take(exchange(method, target, body, status, answer, *kind))
        return recorder

    return take


def exchange(
    method: str,
    target: str,
    body: Any,
    status: int,
    answer: Any,
    kind: str = "application/json",
    **headers: str,
) -> Recorded:
    path, _, query = target.partition("?")
    fields = [(b"Content-Type", b"application/json")] if body is not None else []
    fields.append((b"Authorization", b"Bearer some-token-0123"))
    sent = json.dumps(body).encode() if body is not None else b""
    content = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
    came = [
        (b"Content-Type", kind.encode()),
        *((name.encode(), text.encode()) for name, text in headers.items()),
    ]
    return Recorded(
        Message(method, path, query.encode(), tuple(fields), sent), Reply(status, tuple(came), content)
    )


def read(folder: Path, name: str) -> Any:
    import yaml

    return yaml.safe_load((folder / "shop" / name).read_text())


ANN = {"id": 1, "name": "Ann", "email": "ann@x.io"}


def test_list_item_create_and_update_answers_make_one_record(take: Take, tmp_path: Path) -> None:
    take(
        ("GET", "/owners", None, 200, [ANN]),
        ("PATCH", "/owners/1", {"name": "Anna"}, 200, {**ANN, "name": "Anna", "note": "x"}),
        (
            "POST",
            "/owners",
            {"name": "Bo", "email": "bo@x.io"},
            201,
            {"id": 2, "name": "Bo", "email": "bo@x.io"},
        ),
    ).write(tmp_path)

    assert [(item["id"], item["name"], item.get("note")) for item in read(tmp_path, "owners.whole.yaml")] == [
        (1, "Anna", "x"), (2, "Bo", None),
    ]  # fmt: skip


def test_first_state_leaves_out_what_the_client_made_and_takes_back_what_it_changed(
    take: Take, tmp_path: Path
) -> None:
    take(
        ("GET", "/owners", None, 200, [ANN]),
        ("PATCH", "/owners/1", {"name": "Anna"}, 200, {**ANN, "name": "Anna"}),
        ("DELETE", "/owners/1", None, 204, None),
        (
            "POST",
            "/owners",
            {"name": "Bo", "email": "bo@x.io"},
            201,
            {"id": 2, "name": "Bo", "email": "bo@x.io"},
        ),
        seeds="first",
    ).write(tmp_path)

    assert [(item["id"], item["name"]) for item in read(tmp_path, "owners.whole.yaml")] == [(1, "Ann")]


def test_record_that_nobody_finds_any_more_is_left_out(take: Take, tmp_path: Path) -> None:
    written = take(
        ("GET", "/owners/1", None, 200, ANN),
        ("GET", "/owners/1", None, 404, {"code": "gone", "message": "no"}),
    ).write(tmp_path)

    assert written.records == {}
    assert read(tmp_path, "getOwner/responses.yaml")[0]["name"] == "not-found-gone"


def test_property_that_an_answer_shows_no_more_is_gone(take: Take, tmp_path: Path) -> None:
    take(
        ("GET", "/owners/1", None, 200, {**ANN, "note": "old"}),
        ("PATCH", "/owners/1", {"note": None}, 200, ANN),
    ).write(tmp_path)

    assert "note" not in read(tmp_path, "owners.whole.yaml")[0]


def test_record_keeps_the_parent_of_its_path(take: Take, tmp_path: Path) -> None:
    take(("GET", "/owners/1/pets", None, 200, [{"id": "p", "name": "Rex", "ownerId": 1}])).write(tmp_path)

    assert read(tmp_path, "pets.whole.yaml") == [{"id": "p", "name": "Rex", "ownerId": 1}]


def test_answer_that_breaks_the_document_is_told_and_left_out_or_kept(take: Take, tmp_path: Path) -> None:
    broken = ("GET", "/report?month=1", None, 200, {"month": "ann@x.io", "total": "many"})
    recorder = take(broken)
    written = recorder.write(tmp_path / "out")
    (finding,) = recorder.findings()

    assert written.files == ()
    assert "breaks the document" in written.notes[0]
    assert (finding.check, finding.operation) == ("response-body", "GET /report")
    assert "ann@x.io" not in repr(finding)

    take(broken, keep_invalid=True).write(tmp_path / "kept")
    (entry,) = read(tmp_path / "kept", "report/responses.yaml")
    assert (entry["unchecked"], entry["body"]["total"]) == (True, "many")
    with mock(tmp_path / "shop.yaml", tmp_path / "kept") as origin:
        assert Client(origin, token="any").ask("GET", "/report?month=9")["total"] == "many"


def test_finding_shows_no_secret_of_the_exchange_that_it_is_about(take: Take) -> None:
    asked = {"email": "ann@x.io", "password": "abc", "pin": 1234}
    recorder = take(("POST", "/login?shop_key=key-0123456", asked, 200, {"accessToken": "t-0123456789"}))
    findings = list(recorder.findings())

    assert {finding.check for finding in findings} == {"request-body", "response-body"}
    shown = repr(findings)
    assert [
        text for text in ("abc", "1234", "ann@x.io", "key-0123456", "some-token-0123") if text in shown
    ] == []


def test_placeholder_fits_the_schema_of_what_it_stands_for(take: Take, tmp_path: Path) -> None:
    key = "sk_" + "live_51H8xYzAbCdEfGhIjKlMnOp"
    take(("GET", "/me", None, 200, {"email": "ann@x.io", "apiKey": key})).write(tmp_path)
    (entry,) = read(tmp_path, "me/responses.yaml")

    assert entry["body"]["email"] == "user1@example.com"
    assert entry["body"]["apiKey"].startswith("sk_live_")
    assert len(entry["body"]["apiKey"]) == len(key)
    assert entry["body"]["apiKey"] != key


def test_answers_are_told_apart_by_what_makes_them_different_alone(take: Take, tmp_path: Path) -> None:
    def report(month: str, trace: str, total: int) -> Any:
        return ("GET", f"/report?month={month}&trace={trace}", None, 200, {"month": month, "total": total})

    take(report("1", "a", 1), report("1", "b", 1), report("2", "c", 2), report("2", "d", 3)).write(tmp_path)

    entries = read(tmp_path, "report/responses.yaml")
    assert {place for entry in entries for place in entry["match"]["query"]} == {"trace"}

    take(report("1", "a", 1), report("1", "b", 1), report("2", "c", 2), report("2", "d", 2)).write(
        tmp_path / "x"
    )
    entries = read(tmp_path / "x", "report/responses.yaml")
    assert [(entry["match"], entry["body"]["total"]) for entry in entries] == [
        ({"query": {"month": "1"}}, 1), ({"query": {"month": "2"}}, 2),
    ]  # fmt: skip


def test_one_answer_to_all_requests_is_the_usual_one_and_an_error_does_not_take_its_place(
    take: Take, tmp_path: Path
) -> None:
    good = {"month": "1", "total": 1}
    take(
        ("GET", "/busy", None, 200, good),
        ("GET", "/busy", None, 503, {"code": "busy", "message": "no"}),
    ).write(tmp_path)

    assert read(tmp_path, "busy/responses.yaml") == [
        {"status": 200, "body": good},
        {"status": 503, "name": "service-unavailable-busy", "body": {"code": "busy", "message": "no"}},
    ]
    with mock(tmp_path / "shop.yaml", tmp_path) as origin:
        client = Client(origin, token="any")
        assert client.ask("GET", "/busy") == good
        assert client.ask("GET", "/busy", Prefer="example=service-unavailable-busy")["code"] == "busy"


# Again.


def test_what_a_hand_has_changed_stays_and_the_rest_follows_the_new_recording(
    take: Take, tmp_path: Path
) -> None:
    bo = {"id": 2, "name": "Bo", "email": "bo@x.io"}
    first = take(
        ("GET", "/owners", None, 200, [ANN, bo]),
        ("GET", "/report?month=1", None, 200, {"month": "1", "total": 1}),
    )
    first.write(tmp_path)
    file = tmp_path / "shop" / "owners.whole.yaml"
    file.write_text(
        file.read_text().replace("name: Ann,", "name: Antonia,  # my own\n ")
        + "# mine\n- {id: 9, name: Z, email: z@x.io}\n"
    )

    written = take(
        ("GET", "/owners", None, 200, [{**ANN, "name": "Anna"}, {**bo, "name": "Bob"}, {**bo, "id": 3}]),
        ("GET", "/report?month=1", None, 200, {"month": "1", "total": 2}),
    ).write(tmp_path)

    names = {item["id"]: item["name"] for item in read(tmp_path, "owners.whole.yaml")}
    assert names == {1: "Antonia", 2: "Bob", 9: "Z", 3: "Bo"}
    assert "# my own" in file.read_text()
    assert "# mine\n- {id: 9" in file.read_text()
    assert read(tmp_path, "report/responses.yaml")[0]["body"]["total"] == 2
    assert any("owners.whole.yaml: 1 was changed by hand and is kept" in note for note in written.notes)


def test_what_a_hand_has_removed_stays_away_and_overwriting_brings_it_back(
    take: Take, tmp_path: Path
) -> None:
    both = ("GET", "/owners", None, 200, [ANN, {**ANN, "id": 2}])
    take(both).write(tmp_path)
    file = tmp_path / "shop" / "owners.whole.yaml"
    file.write_text(
        "".join(line for line in file.read_text().splitlines(keepends=True) if "id: 1," not in line)
    )

    written = take(both).write(tmp_path)
    assert [item["id"] for item in read(tmp_path, "owners.whole.yaml")] == [2]
    assert any("removed by hand" in note for note in written.notes)

    take(both, overwrite=True).write(tmp_path)
    assert [item["id"] for item in read(tmp_path, "owners.whole.yaml")] == [2, 1]


def test_record_that_was_deleted_since_goes_and_what_was_not_seen_again_stays(
    take: Take, tmp_path: Path
) -> None:
    take(("GET", "/owners", None, 200, [ANN, {**ANN, "id": 2}, {**ANN, "id": 3}])).write(tmp_path)
    take(("GET", "/owners/1", None, 200, ANN), ("DELETE", "/owners/1", None, 204, None)).write(tmp_path)

    assert [item["id"] for item in read(tmp_path, "owners.whole.yaml")] == [2, 3]


def test_placeholders_of_another_recording_never_stand_for_somebody_else(take: Take, tmp_path: Path) -> None:
    take(("GET", "/owners/1", None, 200, ANN)).write(tmp_path)
    bo = {"id": 2, "name": "Bo", "email": "bo@x.io"}
    take(("GET", "/owners", None, 200, [bo, ANN])).write(tmp_path)

    emails = {item["id"]: item["email"] for item in read(tmp_path, "owners.whole.yaml")}
    assert emails == {1: "user1@example.com", 2: "user2@example.com"}


def test_session_is_a_record_where_the_document_has_a_path_for_it_and_else_a_secret(
    take: Take, tmp_path: Path
) -> None:
    answer = ("POST", "/search", {"term": "x"}, 200, [{"sessionId": "abc-0123456"}])
    document = json.loads(json.dumps(shop.DOCUMENT))
    document["paths"]["/search"]["post"]["responses"]["200"]["content"]["application/json"]["schema"] = {}
    take(answer, document=document).write(tmp_path / "secret")
    document["paths"]["/sessions/{sessionId}"] = {
        "parameters": [{"name": "sessionId", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"operationId": "getSession", "responses": {"200": {"description": ""}}},
    }
    take(answer, document=document).write(tmp_path / "id")

    bodies = [read(tmp_path / name, "search/responses.yaml")[0]["body"] for name in ("secret", "id")]
    assert bodies == [[{"sessionId": "redacted-1"}], [{"sessionId": "abc-0123456"}]]


def test_secret_that_is_there_already_is_told(take: Take, tmp_path: Path) -> None:
    take(("GET", "/owners", None, 200, [{**ANN, "note": "abc-0123456"}])).write(tmp_path)
    login = {"email": "ann@x.io", "password": "abc-0123456"}
    answer = {"accessToken": "t-0123456789", "user": {"email": "ann@x.io"}}
    recorder = take(("GET", "/owners", None, 200, [{**ANN, "id": 2}]), ("POST", "/login", login, 200, answer))

    written = recorder.write(tmp_path)
    assert [
        note
        for note in written.notes
        if "owners.whole.yaml holds a secret of this recording, in line 3" in note
    ]


def test_answer_of_an_operation_with_state_that_is_no_record_is_for_its_own_request_alone(
    take: Take, tmp_path: Path
) -> None:
    document = json.loads(json.dumps(shop.DOCUMENT))
    content = document["paths"]["/owners/{ownerId}"]["get"]["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"anyOf": [content["schema"], {"type": "array"}]}
    take(
        ("GET", "/owners", None, 200, [ANN, {**ANN, "id": 2}]), ("GET", "/owners/2", None, 200, ["archived"]),
        document=document,
    ).write(tmp_path)  # fmt: skip

    with mock(tmp_path / "shop.yaml", tmp_path) as origin:
        client = Client(origin, token="any")
        assert client.ask("GET", "/owners/2") == ["archived"]
        assert client.ask("GET", "/owners/1") != ["archived"]


def test_file_that_is_laid_out_otherwise_is_left_alone(take: Take, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "owners.whole.yaml").write_text('[{"id": 1, "name": "Ann", "email": "a@x.io"}]\n')
    written = take(("GET", "/owners", None, 200, [ANN])).write(tmp_path)

    assert (folder / "owners.whole.yaml").read_text().startswith("[{")
    assert any("owners.whole.yaml is there and left as it is" in note for note in written.notes)


def test_lock_that_is_broken_and_folder_that_is_a_file_are_refused(take: Take, tmp_path: Path) -> None:
    recorder = take(("GET", "/owners", None, 200, [ANN]))
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "recording.lock").write_text("{")
    with pytest.raises(UsageError, match=r"recording\.lock is not as a recording left it"):
        recorder.write(tmp_path)

    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot"):
        recorder.write(tmp_path / "file")


def test_dry_run_writes_nothing(take: Take, tmp_path: Path) -> None:
    written: Written = take(("GET", "/owners", None, 200, [ANN])).write(tmp_path / "out", dry_run=True)

    assert [path.name for path in written.files] == ["owners.whole.yaml", "recording.lock"]
    assert not (tmp_path / "out").exists()


# Any secret, anywhere.

SECRET = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x17F, exclude_characters="\"'\\<>&;,#"),
    min_size=8,
    max_size=24,
)


@settings(max_examples=25, deadline=None)
@given(secret=SECRET, place=st.sampled_from(["password", "token", "cookie", "key", "field"]), data=st.data())
def test_no_secret_gets_into_a_fixture_wherever_it_is_sent(
    tmp_path_factory: pytest.TempPathFactory, secret: str, place: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("any")
    recorder = make_recorder(write_document(folder))
    said = WRITINGS[data.draw(st.sampled_from(list(WRITINGS)))](secret)
    login = {"email": "ann@x.io", "password": secret if place in ("password", "field") else "other-password"}
    head = [(b"Content-Type", b"application/json")]
    coded = quote(secret, safe="")
    head += [(b"Cookie", f"sid={coded}".encode())] if place == "cookie" else []
    head += [(b"Authorization", f"Bearer {secret}".encode())] if place == "token" else []
    query = f"shop_key={coded}".encode() if place == "key" else b""
    json_kind = ((b"Content-Type", b"application/json"),)
    exchanges = [
        ("GET", "/owners", b"", None, [{**ANN, "name": said, "note": f"{said} {coded}"}]),
        ("GET", "/owners/1/pets", b"", None, [{"id": f"p{said}", "name": "x", "ownerId": 1}]),
        ("GET", "/report", b"month=" + quote(said, safe="").encode(), None, {"month": said, "total": 1}),
        ("GET", "/report", b"month=2", None, {"month": "2", "total": 2, "by": coded}),
        ("POST", "/search", b"", {"term": said}, [said]),
        ("POST", "/login", query, login, {"accessToken": "t-0123456789", "user": {"email": "ann@x.io"}}),
    ]
    for method, path, asked, body, answer in exchanges:
        sent = json.dumps(body).encode() if body is not None else b""
        message = Message(method, path, asked, tuple(head), sent)
        location = ((b"Location", f"/x/{coded}".encode()),)
        recorder.take(Recorded(message, Reply(200, json_kind + location, json.dumps(answer).encode())))
    recorder.write(folder / "out")

    texts = [path.read_text() for path in (folder / "out").rglob("*") if path.is_file()]
    assert len(texts) >= 3
    for text in (*texts, *map(str, (folder / "out").rglob("*"))):
        assert leaks(secret, text) == []
