"""The tables of rules: each format and each name makes values of its shape."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockserver.document.dialect import Direction
from mockserver.document.validation import Schemas
from mockserver.mocking import faker_formats, faker_rules
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator

POINTER = "/components/schemas/Thing"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
TIME = r"202\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
SENTENCE = r"[A-Z][^.?!]* .*[.?!]"
TWO_WORDS = r"[A-Z]\w+ [A-Z]\w+"

FORMATS = [
    ("alpha-2", r"[A-Z]{2}"),
    ("base64", r"[A-Za-z0-9+/]+=*"),
    ("base64url", r"[A-Za-z0-9_-]+"),
    ("binary", SENTENCE),
    ("byte", r"[A-Za-z0-9+/]+=*"),
    ("char", r"."),
    ("cidr", r"203\.0\.113\.\d+/26"),
    ("color", r"#[0-9a-f]{6}"),
    ("commonmark", r"\*\*.+\*\*: .+"),
    ("country", r"[A-Z]{2}"),
    ("country-code", r"[A-Z]{2}"),
    ("credit-card", r"411111\d{10}"),
    ("cron", r"\d+ \d+ \* \* \*"),
    ("cuid", r"c[a-z0-9]{24}"),
    ("currency", r"[A-Z]{3}"),
    ("date", r"202\d-\d\d-\d\d"),
    ("date-time", TIME),
    ("date-time-local", r"202\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}"),
    ("date-time-rfc-2822", r"\w{3}, \d\d \w{3} 202\d \d\d:\d\d:\d\d \+0000"),
    ("decimal", r"\d+\.\d\d"),
    ("decimal128", r"\d+\.\d\d"),
    ("double-int", r"\d{6}"),
    ("duration", r"PT\d+M"),
    ("email", r"[a-z.]+@example\.com"),
    ("hex", r"[0-9a-f]{16}"),
    ("hostname", r"[a-z-]+\.example\.com"),
    ("html", r"<p>.+</p>"),
    ("http-date", r"\w{3}, \d\d \w{3} 202\d \d\d:\d\d:\d\d GMT"),
    ("iban", r"[A-Z]{2}\d{2}\w+"),
    ("idn-email", r"[a-z.]+@example\.com"),
    ("idn-hostname", r"[a-z-]+\.example\.com"),
    ("int32", r"\d{6}"),
    ("int64", r"\d{9}"),
    ("ipv4", r"203\.0\.113\.\d+"),
    ("ipv6", r"2001:db8::[0-9a-f]+"),
    ("iri", r"https://www\.example\.com/[a-z-]+"),
    ("iri-reference", r"/[a-z-]+"),
    ("json", r'\{"name":".+","count":\d\}'),
    ("json-pointer", r"/[a-z]+/\d"),
    ("jwt", r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{43}"),
    ("ksuid", r"2\w{26}"),
    ("locale", r"[a-z]{2}-[A-Z]{2}"),
    ("mac", r"([0-9a-f]{2}:){5}[0-9a-f]{2}"),
    ("media-range", r"[a-z]+/[a-z*]+(;q=0\.8)?"),
    ("mime-type", r"[a-z]+/[a-z0-9.+-]+"),
    ("nanoid", r"\w{21}"),
    ("objectid", r"[0-9a-f]{24}"),
    ("password", r"[A-Za-z]+-\d{4}"),
    ("phone", r"\+1\d{10}"),
    ("regex", r"\^.+\$"),
    ("relative-json-pointer", r"\d/[a-z]+"),
    ("semver", r"\d+\.\d+\.\d+"),
    ("sf-binary", r":[A-Za-z0-9+/]+=*:"),
    ("sf-boolean", r"\?[01]"),
    ("sf-decimal", r"\d+\.\d+"),
    ("sf-integer", r"\d{3}"),
    ("sf-string", r'"[A-Za-z ]+"'),
    ("sf-token", r"[a-z]+"),
    ("slug", r"[a-z]+-[a-z]+"),
    ("time", r"\d\d:\d\d:\d\dZ"),
    ("time-local", r"\d\d:\d\d:\d\d"),
    ("timezone", r"[A-Z]\w+/\w+"),
    ("ulid", r"[0-9A-Z]{26}"),
    ("unix-time", r"1[67]\d{8}"),
    ("uri", r"https://www\.example\.com/[a-z-]+"),
    ("uri-reference", r"/[a-z-]+"),
    ("uri-template", r"https://www\.example\.com/[a-z]+/\{id\}"),
    ("url", r"https://www\.example\.com/[a-z-]+"),
    ("uuid", UUID % 4),
    ("uuid1", UUID % 1),
    ("uuid3", UUID % 3),
    ("uuid4", UUID % 4),
    ("uuid5", UUID % 5),
    ("year", r"202\d"),
    ("year-month", r"202\d-\d\d"),
]

TEXTS = [
    ("id", UUID % 4),
    ("customerId", UUID % 4),
    ("first_name", r"[A-Z]\w+"),
    ("lastName", r"[A-Z].+"),
    ("FullName", r"[A-Z]\w+ [A-Z].+"),
    ("userName", r"[a-z.]+"),
    ("contactEmail", r"[a-z.]+@example\.com"),
    ("phoneNumber", r"\+1\d{10}"),
    ("website", r"https://[a-z-]+\.example\.com"),
    ("avatar_url", r"https://www\.example\.com/.+"),
    ("slug", r"[a-z]+-[a-z]+"),
    ("description", SENTENCE),
    ("title", r"[A-Z].* .*"),
    ("message", SENTENCE),
    ("status", r"active|pending|completed"),
    ("city", r"[A-Z][a-z]+"),
    ("billing_country_code", r"[A-Z]{2}"),
    ("country", r"[A-Z].+"),
    ("postalCode", r"[\w -]+"),
    ("street", r"\d+ [A-Z][a-z]+ Street"),
    ("currency", r"[A-Z]{3}"),
    ("amount", r"\d+\.\d\d"),
    ("latitude", r"-?\d+\.\d+"),
    ("apiVersion", r"\d+\.\d+\.\d+"),
    ("mimeType", r"[a-z]+/[a-z0-9.+-]+"),
    ("sha256", r"[0-9a-f]{64}"),
    ("commit_sha", r"[0-9a-f]{40}"),
    ("color", r"[a-z]+"),
    ("hexColor", r"#[0-9a-f]{6}"),
    ("locale", r"[a-z]{2}-[A-Z]{2}"),
    ("language", r"[a-z]{2}"),
    ("timezone", r"[A-Z]\w+/\w+"),
    ("clientIp", r"203\.0\.113\.\d+"),
    ("user_agent", r"Mozilla/5\.0 .+"),
    ("fileName", r"[a-z]+\.[a-z0-9]+"),
    ("company", TWO_WORDS),
    ("jobTitle", r"(Senior|Junior|Lead) [A-Z][a-z]+"),
    ("isbn", r"97[89]\d{10}"),
    ("sku", r"[A-Z]{3}-\d{5}"),
    ("cron", r"\d+ \d+ \* \* \*"),
    ("createdAt", TIME),
    ("expires_at", r"202\d-.+Z"),
    ("birthDate", r"\d{4}-\d\d-\d\d"),
    ("dateOfBirth", r"(19|20)\d\d-\d\d-\d\d"),
    ("tag", r"[a-z]+"),
    ("middleName", r"[A-Z]\."),
    ("etag", r'"[0-9a-f]{16}"'),
    ("password", r".{8,}"),
    ("token", r"\w{32}"),
    ("unheardOf", TWO_WORDS),
]

NUMBERS = [
    ("age", "integer", 18, 84),
    ("year", "integer", 2015, 2025),
    ("itemCount", "integer", 0, 25),
    ("port", "integer", 1, 65535),
    ("statusCode", "integer", 200, 200),
    ("latitude", "number", -90, 90),
    ("lng", "number", -180, 180),
    ("confidence", "number", 0, 1),
    ("unitPrice", "number", 5, 500),
    ("quantity", "integer", 1, 12),
    ("percentage", "number", 0, 100),
    ("rating", "number", 0, 5),
    ("created_at", "integer", 1_650_000_000, 1_748_736_000),
    ("unheardOf", "integer", 1, 100),
]

NAMES = [
    ("Product", r"[A-Z][a-z]+ [A-Z][a-z]+"),
    ("Project", r"[A-Z]\w+ [A-Z]\w+.*"),
    ("Organization", TWO_WORDS),
    ("Customer", r"[A-Z]\w+ [A-Z].+"),
    ("Pet", r"[A-Z][a-z]+"),
    ("Tag", r"[a-z]+"),
    ("City", r"[A-Z][a-z]+"),
    ("Document", r"[a-z]+\.[a-z]+"),
    ("Version", r"v\d+\.\d+\.\d+"),
    ("Gadget", TWO_WORDS),
]


def make_values(schema: dict[str, Any], name: str = "", owner: str = "Thing", count: int = 10) -> list[Any]:
    thing = {"type": "object", "required": [name], "properties": {name: schema}} if name else schema
    document = {"components": {"schemas": {owner: thing}}}
    generator = Generator(Schemas(document, legacy=False, direction=Direction.RESPONSE), Dice(0))
    made = [generator.value(f"/components/schemas/{owner}", key=("records", str(n))) for n in range(count)]
    return [value[name] for value in made] if name else made


@pytest.mark.parametrize(("name", "shape"), FORMATS)
def test_format_rule_makes_value_of_its_shape(name: str, shape: str) -> None:
    for value in make_values({"type": "string", "format": name}):
        assert re.fullmatch(shape, value), value


def test_format_rules_are_all_tested() -> None:
    assert [name for name, _ in FORMATS] == list(faker_formats.FORMATS) == sorted(faker_formats.FORMATS)
    assert set(faker_formats.SAME.values()) <= set(faker_formats.FORMATS)
    assert not set(faker_formats.SAME) & set(faker_formats.FORMATS)


@pytest.mark.parametrize(("name", "shape"), TEXTS)
def test_name_rule_makes_text_of_its_shape(name: str, shape: str) -> None:
    for value in make_values({"type": "string"}, name):
        assert re.fullmatch(shape, value), value


@pytest.mark.parametrize(("name", "kind", "low", "high"), NUMBERS)
def test_name_rule_makes_number_in_its_range(name: str, kind: str, low: float, high: float) -> None:
    for value in make_values({"type": kind}, name):
        assert low <= value <= high


@pytest.mark.parametrize(("owner", "shape"), NAMES)
def test_name_is_that_of_its_owner(owner: str, shape: str) -> None:
    for value in make_values({"type": "string"}, "name", owner):
        assert re.fullmatch(shape, value), value


@pytest.mark.parametrize("table", [faker_rules.STRINGS, faker_rules.NUMBERS, faker_rules.THINGS])
def test_every_rule_makes_a_value(table: dict[str, faker_rules.Rule]) -> None:
    kind = "number" if table is faker_rules.NUMBERS else "string"

    for name in table:
        values = make_values({"type": kind}, name, count=2)
        assert all(value is not None and value != "" for value in values), name


def test_tables_are_sorted_and_aliases_lead_to_rules() -> None:
    for table in (faker_rules.STRINGS, faker_rules.NUMBERS):
        assert list(table) == sorted(table)
    assert set(faker_rules.ALIASES.values()) <= set(faker_rules.STRINGS)
    assert not set(faker_rules.ALIASES) & set(faker_rules.STRINGS)


@pytest.mark.parametrize(
    "spelling", ["first_name", "firstName", "FirstName", "first-name", "FIRST_NAME", "customer.firstName"]
)
def test_name_rule_is_found_in_any_spelling(spelling: str) -> None:
    (value,) = make_values({"type": "string"}, spelling, count=1)

    assert re.fullmatch(r"[A-Z]\w+", value)


@pytest.mark.parametrize(("name", "expected"), [("isDeleted", False), ("active", True), ("has_more", False)])
def test_flag_has_the_value_of_the_ordinary_run_of_things(name: str, expected: bool) -> None:
    assert set(make_values({"type": "boolean"}, name)) == {expected}
