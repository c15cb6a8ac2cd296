"""What is secret is found by name, by looks and by choice, and taken out wherever and however it is written."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mockserver.contract.recording import names, patterns
from mockserver.contract.recording.choosing import chosen
from mockserver.contract.recording.redaction import Redaction
from mockserver.contract.recording.vault import Vault
from mockserver.document import builder
from mockserver.document.routing import Route
from mockserver.errors import Json, UsageError
from mockserver.mocking.judging import Judged, Message, Reply

from .leaks import WRITINGS, leaks

DOCUMENT = builder.build(
    {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}, Path("t.yaml")
)

SECRETS = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x24F, exclude_categories=("Cc", "Cs", "Zs")),
    min_size=8,
    max_size=40,
)
"""Secrets as anybody may have them; shorter ones are looked for in their places and as words only."""


NAMED = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\"'\\<>&;,#"),
    min_size=8,
    max_size=40,
)
"""Those that can be sent in headers and cookies."""


def redaction(*redact: str) -> Redaction:
    return Redaction(DOCUMENT, chosen(redact), Vault(frozenset(), frozenset(), lambda pointer, number: None))


def gathered(
    body: Json = None,
    *redact: str,
    headers: dict[str, str] | None = None,
    query: str = "",
    answer: Json = None,
) -> Redaction:
    """Return what was learnt of one exchange."""
    fields = tuple((name.encode(), value.encode()) for name, value in (headers or {}).items())
    message = Message("POST", "/x", query.encode(), fields, b"")
    known = redaction(*redact)
    known.gather(message, Judged(Route(None), body=body, answer=answer), Reply(200))
    return known


@settings(max_examples=100, deadline=None)
@given(writing=st.sampled_from(list(WRITINGS)), secret=SECRETS, others=st.lists(SECRETS, max_size=3))
def test_secret_is_in_no_text_however_it_was_written(writing: str, secret: str, others: list[str]) -> None:
    vault = Vault(frozenset(), frozenset(), lambda pointer, number: None)
    for text in (*others, secret):
        vault.learn(text, patterns.CREDENTIAL)

    safe = vault.safe(f"see {WRITINGS[writing](secret)} there")

    assert leaks(secret, safe) == []


PLACES: dict[str, Callable[[str], Redaction]] = {
    "bearer": lambda secret: gathered(headers={"Authorization": f"Bearer {secret}"}),
    "basic": lambda secret: gathered(
        headers={"Authorization": "Basic " + base64.b64encode(f"ann:{secret}".encode()).decode()}
    ),
    "key in a header": lambda secret: gathered(headers={"X-Api-Key": secret}),
    "key in the query": lambda secret: gathered(query=f"api_key={quote(secret, safe='')}"),
    "cookie": lambda secret: gathered(headers={"Cookie": f"a=b; session={quote(secret, safe='')}"}),
    "field": lambda secret: gathered({"user": {"newPassword": secret}}),
    "field of an answer": lambda secret: gathered(answer={"items": [{"refresh_token": secret}]}),
    "field in a list": lambda secret: gathered({"clientSecrets": [secret]}),
    "text in a body": lambda secret: gathered({"log": json.dumps({"password": secret})}),
    "url in a body": lambda secret: gathered({"next": f"https://x.example/?token={quote(secret, safe='')}"}),
    "chosen field": lambda secret: gathered({"person": {"Full-Name": secret}}, "fullName"),
    "chosen path": lambda secret: gathered({"person": {"name": secret}}, "$.person.name"),
    "chosen object": lambda secret: gathered({"person": {"name": {"id": secret}}}, "$.person"),
}


@settings(max_examples=100, deadline=None)
@given(place=st.sampled_from(list(PLACES)), secret=NAMED)
def test_secret_that_is_named_once_is_in_no_body_afterwards(place: str, secret: str) -> None:
    assume(re.search(r"[A-Za-z0-9]", secret))
    known = PLACES[place](secret)
    body = {
        "note": f"it was {secret}",
        "list": [secret, {secret: 1}],
        "url": f"/x?y={quote(secret, safe='')}",
    }

    assert leaks(secret, json.dumps(known.value(body), ensure_ascii=False)) == []
    assert leaks(secret, known.text(f"plain {secret} text")) == []


# What is secret.


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("password", True), ("newPassword", True), ("api-key", True), ("X-Api-Key", True), ("access_token", True),
        ("clientSecret", True), ("Authorization", True), ("privateKeyPem", True), ("pin", True), ("ssn", True),
        ("tokenType", False), ("apiKeyId", False), ("max_tokens", False), ("nextPageToken", False), ("key", False),
        ("passwordUpdatedAt", False), ("secretName", False), ("author", False), ("shipping", False), ("", False),
        ("X-CSRF-Token", True), ("tokens", False), ("expires_in", False), ("sidebar", False),
    ],
)  # fmt: skip
def test_name_says_whether_it_is_about_a_secret(name: str, is_secret: bool) -> None:
    assert names.is_secret(name) is is_secret


# Joined here, so that nobody takes them for keys that somebody has lost.
KEYS = [
    "sk_" + "live_4eC39HqLyjWDarjtT1zdp7dc",
    "gh" + "p_16C7e42F292c6912E7710c838347Ae178B4a",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "AIza" + "SyA-1234567890abcdefghijklmnopqrstu",
    "xox" + "b-123456789012-abcdefghij",
    "glpat" + "-abcdefghij0123456789",
    "SG." + "abcdefghijklmnopqrst.abcdefghijklmnopqrstuvwxyz",
    "sk-" + "proj-abcdefghijklmnop0123",
    "npm_" + "a1B2" * 9,
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:6])
def test_key_of_a_well_known_maker_is_found_by_its_looks(key: str) -> None:
    known = gathered(answer={"note": f"use {key}, please"})

    assert known.value({"note": f"use {key}, please"}) == {"note": "use redacted-1, please"}


def test_addresses_tokens_and_random_texts_are_found_by_their_looks() -> None:
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9"
    random = "Zx8kQ2vB7nM4pL1wR6tY9uI3oA5sD0fG"
    body = {
        "owner": "ann@corp.io",
        "jwt": jwt,
        "data": random,
        "id": random[::-1],
        "when": "2026-01-02T03:04:05Z",
    }
    safe = gathered(answer=body).value(body)

    assert safe["owner"] == "user1@example.com"
    assert re.fullmatch(r"eyJ[\w-]+\.eyJ[\w-]+\.redacted", safe["jwt"])
    assert safe["data"].startswith("redacted")
    assert (safe["id"], safe["when"]) == (body["id"], body["when"])


def test_random_text_in_a_header_of_any_name_is_a_key() -> None:
    text = "p+EmzLiqLRHSh8Dqw+iBwGktE2W6nBY7gz4UqhLVechI0NKb6kIxlSnK"
    known = gathered(headers={"X-Device-Data": text, "ETag": text[::-1]})

    assert known.value({"a": text, "b": text[::-1]}) == {"a": "redacted-1", "b": text[::-1]}


@pytest.mark.parametrize(
    "text",
    [
        "password: must be at least 8 characters", "token is missing", "see https://x.example/a?page=2&sort=name",
        "pets@home", "12:30:45", "a == b", "authorization required", "user1@localhost", "tokens=120",
    ],
)  # fmt: skip
def test_plain_text_is_left_alone(text: str) -> None:
    assert gathered(answer={"message": text}).value({"message": text}) == {"message": text}


def test_short_secret_is_hidden_in_its_place_and_as_a_word_only() -> None:
    body: dict[str, Any] = {
        "pin": 1234,
        "password": "abc",
        "note": "abc",
        "passphrase": "l4te",
        "title": "l4test l4te",
    }
    safe = gathered(body).value(body)

    assert safe["pin"] != 1234
    assert len(str(safe["pin"])) == 4
    assert safe["password"].startswith("redacted")
    assert safe["note"] == "abc"
    assert safe["title"] == f"l4test {safe['passphrase']}"


def test_same_secret_has_the_same_placeholder_and_others_have_others() -> None:
    body = {"a": [{"password": "first-one"}, {"password": "other-one"}], "b": "first-one", "c": "FIRST-ONE"}
    safe = gathered(body).value(body)

    assert safe["a"][0]["password"] == safe["b"] == safe["c"] != safe["a"][1]["password"]


def test_address_stays_an_address_a_uuid_a_uuid_and_digits_digits() -> None:
    body = {"password": "0d9f4c1e-7b1a-4c3e-9a51-6f1d2e3c4b5a", "ssn": "123-45-6789", "otp": "482913"}
    safe = gathered(body).value(body)

    assert safe["password"] == "00000000-0000-4000-8000-000000000001"
    assert safe["otp"] == "000001"


def test_placeholder_is_never_what_somebody_else_has_as_a_secret() -> None:
    body = {"to": ["user1@example.com", "ann@corp.io"], "password": "redacted-1"}
    safe = gathered(body).value(body)

    assert {"user1@example.com", "ann@corp.io", "redacted-1"}.isdisjoint({*safe["to"], safe["password"]})
    assert len({*safe["to"]}) == 2


def test_set_cookie_keeps_its_name_and_attributes() -> None:
    known = gathered(headers={"Cookie": "theme=dark"})

    assert known.field("Set-Cookie", "sid=abc; Path=/; Secure") == "sid=redacted-1; Path=/; Secure"
    assert known.field("Cookie", "theme=dark; sid=abc") == "theme=redacted-2; sid=redacted-1"


@pytest.mark.parametrize("text", ["$[", "$.a[?", "/(/", "//", "--", ""])
def test_choice_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--redact"):
        chosen([text])


def test_regular_expression_hides_its_first_group() -> None:
    body = {"text": "employee EMP-4711 and EMP-4712"}

    assert gathered(body, r"/EMP-(\d+)/").value(body) == {"text": "employee EMP-0001 and EMP-0002"}


@pytest.mark.parametrize(
    "piece",
    [
        "a", "Ab3/", "a@", "a.", "a.b-", "token=", "a:", "a=", "eyJ", "eyJ-", "x://b:", "-----BEGIN PRIVATE KEY-----",
        "&amp;%25+", "bearer ",
    ],
)  # fmt: skip
def test_time_grows_with_the_length_of_a_text_and_not_with_its_square(piece: str) -> None:
    """In a minute or more, where a rule looks from each place to the end."""
    text = piece * (150_000 // len(piece)) + "@"
    started = time.perf_counter()
    known = gathered(answer={"text": text}, headers={"X-Api-Key": "Ab3-some-key-0123"})
    known.value({"text": text})

    assert time.perf_counter() - started < 15


def test_secret_in_a_long_base64_text_is_taken_out_and_the_rest_of_it_stays() -> None:
    secret = "hunter2-Correct"
    data = bytes(range(256)) * 200 + secret.encode() + bytes(range(256)) * 200
    known = gathered({"password": secret})
    safe = base64.b64decode(known.text(base64.b64encode(data).decode()))

    assert len(safe) == len(data)
    assert secret.encode() not in safe
    assert safe.replace(b"x" * len(secret), secret.encode()) == data
