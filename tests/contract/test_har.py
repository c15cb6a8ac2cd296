"""HAR files as browsers and proxies write them: read, or said why not; never a crash."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract import har
from mockserver.contract.traffic import Recorded
from mockserver.errors import DocumentError


def entry(**parts: Any) -> dict[str, Any]:
    """Return an entry, of which each side may be said in part."""
    request = {"method": "GET", "url": "https://api.example.com/v1/pets?q=a%20b#top", "headers": []}
    response = {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": "[]"}}
    return {
        "startedDateTime": "2026-01-02T03:04:05.678+01:00",
        "time": 12.5,
        "request": {**request, **parts.pop("request", {})},
        "response": {**response, **parts.pop("response", {})},
        **parts,
    }


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[list[Recorded], list[str]]]:
    """Read entries, or a text, from a file; with what was said of it."""

    def read(*entries: Any, text: bytes | None = None) -> tuple[list[Recorded], list[str]]:
        path = tmp_path / "a.har"
        path.write_bytes(text if text is not None else written(*entries))
        said: list[str] = []
        return list(har.read(path, said.append)), said

    return read


def written(*entries: Any) -> bytes:
    log = {"version": "1.2", "creator": {"name": "entries", "version": "1"}, "pages": [{"entries": []}]}
    return json.dumps({"log": {**log, "entries": list(entries)}}).encode()


Read = Callable[..., tuple[list[Recorded], list[str]]]


def pair(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def test_entry_becomes_an_exchange(read: Read) -> None:
    (found,), said = read(entry())

    assert (found.origin, found.message.path, found.message.query) == (
        "https://api.example.com", "/v1/pets", b"q=a%20b",
    )  # fmt: skip
    assert found.reply is not None
    assert (found.reply.status, found.reply.body, found.reply.is_whole) == (200, b"[]", True)
    assert found.reply.header("content-type") == "application/json"
    assert (found.elapsed_ms, found.place, said) == (12.5, "a.har:1", [])
    assert found.received is not None
    assert found.received.isoformat() == "2026-01-02T03:04:05.678000+01:00"


def test_body_in_base64_is_decoded_and_one_that_only_says_so_is_text(read: Read) -> None:
    coded = {"mimeType": "image/png", "encoding": "base64", "text": b64encode(b"\x89PNG\0").decode()}
    wrong = {"mimeType": "text/html", "encoding": "base64", "text": "<p>plain</p>"}

    found, _ = read(entry(response={"content": coded}), entry(response={"content": wrong}))

    assert [item.reply.body for item in found if item.reply] == [b"\x89PNG\0", b"<p>plain</p>"]


def test_pseudo_headers_and_those_of_the_transfer_are_left_out(read: Read) -> None:
    ours = [pair(":authority", "x"), pair(":method", "GET"), pair("accept", "*/*")]
    theirs = [
        pair("content-encoding", "br"), pair("content-length", "9"), pair("Set-Cookie", "a=1; Secure\nb=2"),
    ]  # fmt: skip
    (found,), _ = read(entry(request={"headers": ours}, response={"headers": theirs}))

    assert found.message.headers == ((b"accept", b"*/*"),)
    assert found.reply is not None
    assert [value for name, value in found.reply.headers if name == b"Set-Cookie"] == [b"a=1; Secure", b"b=2"]
    assert found.reply.header("content-encoding") is None


@pytest.mark.parametrize(
    ("content", "more", "is_whole"),
    [
        ({"size": 120, "mimeType": "application/json"}, {}, False),
        ({"size": 120, "mimeType": "application/json", "text": ""}, {}, False),
        ({"size": 0, "mimeType": "x-unknown"}, {"bodySize": 0}, True),
        ({"size": 0}, {"headers": [pair("Content-Length", "0")], "bodySize": -1}, True),
        ({"size": -1}, {"bodySize": 300}, False),
        ({"size": 0, "mimeType": "application/json"}, {"bodySize": -1, "_error": "net::ERR_ABORTED"}, False),
        ({"size": 0}, {"headers": [pair("content-length", "257")], "bodySize": -1}, False),
        ({"size": 0, "mimeType": "x-unknown"}, {"bodySize": -1, "_transferSize": 90}, True),
        ({}, {"status": 204, "bodySize": -1}, True),
        (None, {"status": 302, "bodySize": 50}, True),
    ],
)
def test_missing_body_is_told_from_an_empty_one(
    read: Read, content: Any, more: dict[str, Any], is_whole: bool
) -> None:
    (found,), said = read(entry(response={"content": content, **more}))

    assert found.reply is not None
    assert (found.reply.body, found.reply.is_whole) == (b"", is_whole)
    assert bool(said) is not is_whole


@pytest.mark.parametrize(
    ("post", "body"),
    [
        ({"mimeType": "application/json", "text": '{"a": 1}'}, b'{"a": 1}'),
        ({"mimeType": "application/json", "text": {"a": 1}}, b'{"a":1}'),
        ({"mimeType": "application/json", "text": "eyJhIjoxfQ==", "encoding": "base64"}, b'{"a":1}'),
        (
            {
                "mimeType": "application/x-www-form-urlencoded",
                "params": [pair("a b", "c&d"), pair("e", "%20")],
            },
            b"a+b=c%26d&e=%20",
        ),
        ({"mimeType": "text/plain; charset=latin-1", "text": "\u00e9"}, b"\xe9"),
        ({"mimeType": "text/plain; charset=nonsense", "text": "\u00e9"}, b"\xc3\xa9"),
    ],
)
def test_body_of_a_request_is_read_in_each_form(read: Read, post: dict[str, Any], body: bytes) -> None:
    (found,), _ = read(entry(request={"method": "POST", "postData": post}))

    assert found.message.body == body
    assert found.message.is_whole
    assert found.message.header("content-type") == post["mimeType"]


def test_answer_that_the_browser_had_kept_is_what_it_has_shown(read: Read) -> None:
    kept = {"status": 304, "content": {"mimeType": "application/json", "size": 2, "text": "{}"}}
    found, _ = read(entry(response=kept), entry(response={"status": 304, "content": {"size": 0}}))

    assert [(item.reply.status, item.reply.body) for item in found if item.reply] == [
        (200, b"{}"),
        (304, b""),
    ]


def test_parts_without_their_files_are_no_whole_body(read: Read) -> None:
    post = {"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "f", "fileName": "a.png"}]}
    (found,), _ = read(entry(request={"method": "POST", "postData": post}))

    assert (found.message.body, found.message.is_whole) == (b"", False)


def test_cookies_of_a_safe_export_and_names_in_the_address_become_headers(read: Read) -> None:
    asked = {"url": "http://ann:pw@h.example/x", "cookies": [pair("sid", "1"), pair("b", "2")]}
    (found,), _ = read(entry(request=asked))

    assert found.origin == "http://h.example"
    assert found.message.header("cookie") == "sid=1; b=2"
    assert found.message.header("authorization") == "Basic " + b64encode(b"ann:pw").decode()


def test_connection_that_failed_has_no_reply_and_what_is_not_http_is_no_exchange(read: Read) -> None:
    failed = entry(response={"status": 0, "content": {"size": 0}})
    others = [
        entry(request={"url": url}) for url in ("data:text/plain,x", "ws://h/x", "blob:https://h/1", "")
    ]

    found, said = read(failed, *others)

    assert [item.reply for item in found] == [None]
    assert said == []


def test_entry_of_no_use_is_said_and_passed_over(read: Read) -> None:
    found, said = read({"request": None}, 3, entry(), entry(request={"method": ""}))

    assert [item.place for item in found] == ["a.har:2"]
    assert said == ["a.har:1: has no request; it is passed over", "a.har:3: has no method; it is passed over"]


def test_numbers_and_halves_of_characters_that_are_no_json_are_read(read: Read) -> None:
    text = written(entry()).replace(b"12.5", b"NaN").replace(b'"[]"', b'"\\ud83d"')
    (found,), said = read(text=text)

    assert (found.elapsed_ms, said) == (None, [])


@pytest.mark.parametrize(
    "wrap", [gzip.compress, lambda t: b"\xef\xbb\xbf" + t, lambda t: t.decode().encode("utf-16")]
)
def test_file_is_read_compressed_or_with_a_byte_order_mark(
    read: Read, wrap: Callable[[bytes], bytes]
) -> None:
    found, _ = read(text=wrap(written(entry(), entry())))

    assert len(found) == 2


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b"not json", b'{"log": {}}', b"\x1f\x8bnone", b"PK\x03\x04", b'"']
)
def test_file_that_is_no_har_is_refused_with_its_name(read: Read, text: bytes) -> None:
    with pytest.raises(DocumentError, match=r"a\.har"):
        read(text=text)


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot read"):
        list(har.read(tmp_path / "none.har"))


def test_bodies_beside_the_file_are_read_and_none_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"{}")
    (tmp_path / "secret").write_bytes(b"no")
    (tmp_path / "in").mkdir()
    for folder in (tmp_path, tmp_path / "in"):
        beside = [
            {"mimeType": "application/json", "size": 2, "_file": name} for name in ("x.json", "../secret")
        ]
        (folder / "a.har").write_bytes(written(*(entry(response={"content": item}) for item in beside)))

    assert [item.reply.body for item in har.read(tmp_path / "a.har") if item.reply] == [b"{}", b"no"]
    assert [item.reply.is_whole for item in har.read(tmp_path / "in" / "a.har") if item.reply] == [False] * 2


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(min_value=0), text=st.text(max_size=30))
def test_file_cut_short_anywhere_gives_the_entries_before_the_cut(
    tmp_path_factory: pytest.TempPathFactory, cut: int, text: str
) -> None:
    path = tmp_path_factory.mktemp("har") / "a.har"
    content = {"mimeType": "text/plain", "text": text + '\\"{[]}\\', "size": 1}
    whole = written(*(entry(response={"content": content}) for _ in range(3)))
    path.write_bytes(whole[: cut % (len(whole) + 1)])

    try:
        found = list(har.read(path))
    except DocumentError:
        return
    assert len(found) <= 3
    for item in found:
        assert item.reply is not None
        assert item.reply.body.decode() == content["text"]


def test_har_is_known_by_its_beginning() -> None:
    assert har.is_har(b'\xef\xbb\xbf {\n "log" : {')
    assert not har.is_har(b'{"method": "GET"}\n')
