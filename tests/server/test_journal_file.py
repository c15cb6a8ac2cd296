"""A journal file that can no longer be written costs the file, never an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver.errors import UsageError
from mockserver.mocking.exchange import Answer, Exchange
from mockserver.server.journal_file import JournalFile

from .conftest import NOON, answers, client_of, document


def exchange() -> Exchange:
    return Exchange("default", NOON, None, None, "GET", "/a", b"", [], b"", Answer(200), [], b"")


def test_full_disk_is_told_once_and_the_server_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    journal = JournalFile(Path("/dev/full"), [])

    for _ in range(3):
        journal.write(exchange())

    assert [record.message for record in caplog.records] == [
        "the journal /dev/full is no longer written: No space left on device"
    ]


def test_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write the journal .*: Is a directory"):
        JournalFile(tmp_path, [])


def test_what_is_in_the_file_stays_and_a_begun_line_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "run.ndjson"
    path.write_text('{"number":1}\n{"numb')
    journal = JournalFile(path, [])
    journal.write(exchange())
    journal.close()
    journal.write(exchange())

    first, cut, last = path.read_text().splitlines()
    assert (first, cut) == ('{"number":1}', '{"numb')
    assert json.loads(last)["path"] == "/a"


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_line_has_the_whole_body_and_no_credentials(make_application, tmp_path: Path) -> None:
    keys = {"key": {"type": "apiKey", "in": "query", "name": "shop_key"}}
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    body = {"content": {"application/json": {"schema": schema}}, "required": True}
    paths = {"/a": {"post": {"operationId": "make", "requestBody": body, "responses": answers(schema)}}}
    path = tmp_path / "run.ndjson"
    api = document(paths, components={"securitySchemes": keys}, security=[{"key": []}])
    application = make_application(api, journal=path)

    async with client_of(application) as client:
        answer = await client.post(
            "/a?shop_key=s3cret", json={"text": "x" * 100_000}, headers={"authorization": "Bearer s3cret"}
        )

    text = path.read_text()
    (line,) = [json.loads(item) for item in text.splitlines()]
    assert (answer.status_code, line["status"], line["operation"]) == (200, 200, "make")
    assert len(line["request"]["body"]["content"]["text"]) == 100_000
    assert "s3cret" not in text
    (kept,) = application.world.journal
    assert (len(kept.request_body), kept.request_size) == (65536, 100_011)
