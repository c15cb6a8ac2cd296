"""Made-up objects hang together: what siblings say about each other, and what a person would notice."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mockserver.document.dialect import Direction
from mockserver.document.validation import Schemas
from mockserver.errors import UsageError
from mockserver.mocking.dice import Dice
from mockserver.mocking.generator import Generator

POINTER = "/components/schemas/Root"
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
THINGS = {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": TEXT}}}


def an_object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def values_of(
    schema: Any, count: int = 10, *, locale: str = "en_US", given: Any = None, **others: Any
) -> list[Any]:
    document = {"openapi": "3.1.0", "components": {"schemas": {"Root": schema, **others}}}
    schemas = Schemas(document, legacy=False, direction=others.pop("direction", Direction.RESPONSE))
    generator = Generator(schemas, Dice(0), locale=locale)
    options = {} if given is None else {"given": given}
    return [generator.value(POINTER, key=("things", str(number)), **options) for number in range(count)]


# Lists and what is said about them


@pytest.mark.parametrize("name", ["total", "count", "totalCount", "total_results", "totalElements"])
def test_total_is_the_number_of_items(name: str) -> None:
    for value in values_of(an_object(items=THINGS, **{name: WHOLE})):
        assert value[name] == len(value["items"])


def test_count_of_a_named_list_is_its_length() -> None:
    schema = an_object(photos=THINGS, tags=THINGS, photoCount=WHOLE, tags_count=WHOLE)

    for value in values_of(schema):
        assert (value["photoCount"], value["tags_count"]) == (len(value["photos"]), len(value["tags"]))


def test_only_page_has_no_other_pages() -> None:
    schema = an_object(
        data=THINGS, hasMore=FLAG, next_cursor={"type": ["string", "null"]}, next=TEXT, page=WHOLE
    )
    schema["properties"]["prev"] = TEXT

    for value in values_of(schema):
        assert value["hasMore"] is False
        assert value["next_cursor"] is None
        assert value["next"] == ""
        assert value["page"] == 1
        assert "prev" not in value


def test_object_beside_a_list_speaks_of_that_list() -> None:
    pagination = an_object(total=WHOLE, total_pages=WHOLE, has_next=FLAG)

    for value in values_of(an_object(data=THINGS, pagination=pagination)):
        assert value["pagination"] == {"total": len(value["data"]), "total_pages": 1, "has_next": False}


def test_total_that_is_given_stays() -> None:
    (value,) = values_of(an_object(items=THINGS, total=WHOLE), 1, given={"total": 77})

    assert value["total"] == 77


def test_total_that_may_not_be_the_number_of_items_keeps_to_its_schema() -> None:
    for value in values_of(an_object(items=THINGS, total={**WHOLE, "minimum": 50})):
        assert value["total"] >= 50


# Ranges

DAY = {"type": "string", "format": "date"}
MOMENT = {"type": "string", "format": "date-time"}


@pytest.mark.parametrize(
    ("low", "high", "schema"),
    [
        ("start_date", "end_date", DAY),
        ("startsAt", "endsAt", MOMENT),
        ("valid_from", "valid_until", MOMENT),
        ("validFrom", "validTo", DAY),
        ("periodStart", "periodEnd", WHOLE),
        ("opened_at", "closed_at", MOMENT),
        ("departure_time", "arrival_time", MOMENT),
        ("firstSeen", "lastSeen", MOMENT),
        ("createdAt", "updatedAt", MOMENT),
        ("minPrice", "maxPrice", {"type": "number"}),
        ("lower_limit", "upper_limit", WHOLE),
        ("start", "end", WHOLE),
    ],
)
def test_range_ends_after_it_began(low: str, high: str, schema: Any) -> None:
    for value in values_of(an_object(**{high: schema, low: schema}), 30):
        assert value[low] <= value[high]


def test_range_whose_bounds_say_otherwise_is_left_alone() -> None:
    (value,) = values_of(an_object(min={**WHOLE, "const": 9}, max={**WHOLE, "const": 3}), 1)

    assert value == {"min": 9, "max": 3}


# Names, addresses, files, money


def test_slug_is_made_from_the_title() -> None:
    for value in values_of(an_object(slug=TEXT, title=TEXT)):
        assert value["slug"] == re.sub("[^a-z0-9]+", "-", value["title"].lower()).strip("-")


def test_file_has_the_media_type_of_its_name() -> None:
    kinds = {
        "pdf": "application/pdf",
        "png": "image/png",
        "jpg": "image/jpeg",
        "csv": "text/csv",
        "txt": "text/plain",
    }

    for value in values_of(an_object(fileName=TEXT, mimeType=TEXT), 20):
        ending = value["fileName"].rpartition(".")[2]
        assert value["mimeType"] == kinds.get(ending, value["mimeType"])


def test_amounts_of_one_object_add_up() -> None:
    number = {"type": "number"}

    for value in values_of(an_object(subtotal=number, tax=number, total=number, currency=TEXT)):
        assert value["subtotal"] + value["tax"] == pytest.approx(value["total"], abs=0.011)


def test_amounts_in_whole_numbers_are_in_the_smallest_unit() -> None:
    schema = an_object(amount=WHOLE, amount_captured=WHOLE, amount_refunded=WHOLE, currency=TEXT)

    for value in values_of(schema):
        assert value["amount"] == value["amount_captured"] >= 500
        assert value["amount_refunded"] == 0


def test_all_amounts_of_a_body_are_in_one_currency() -> None:
    price = an_object(amount=WHOLE, currency=TEXT)

    for value in values_of(an_object(lines={"type": "array", "items": price, "minItems": 3}, currency=TEXT)):
        assert {line["currency"] for line in value["lines"]} == {value["currency"]}


def test_examples_written_side_by_side_are_shown_side_by_side() -> None:
    schema = an_object(
        city={**TEXT, "examples": ["Berlin", "Paris"]}, code={**TEXT, "examples": ["DE", "FR"]}
    )

    pairs = {(value["city"], value["code"]) for value in values_of(schema, 20)}

    assert pairs == {("Berlin", "DE"), ("Paris", "FR")}


@pytest.mark.parametrize(
    ("description", "shape"),
    [
        ("ID of the customer this is for.", r"[0-9a-f-]{36}"),
        ("The email address to reply to", r".+@example\.com"),
        ("Three-letter ISO 4217 code, in lowercase.", r"[a-z]{3}"),
        ("Two-letter country code (ISO 3166-1 alpha-2)", r"[A-Z]{2}"),
        ("When it happened, as ISO 8601", r"202\d-.+Z"),
        ("The URL of the page", r"https://.+"),
        ("A nice thing", r"[A-Z]\w+ [A-Z]\w+"),
    ],
)
def test_description_tells_what_the_name_does_not(description: str, shape: str) -> None:
    for value in values_of(an_object(thing={**TEXT, "description": description})):
        assert re.fullmatch(shape, value["thing"]), value


def test_example_of_a_vendor_is_shown_like_any_other() -> None:
    assert values_of(an_object(motto={**TEXT, "x-example": "Per aspera"}), 1) == [{"motto": "Per aspera"}]


def test_people_of_scripts_without_plain_letters_have_addresses_of_their_own() -> None:
    emails = [value["email"] for value in values_of(an_object(email=TEXT), 20, locale="ja_JP")]

    assert len(set(emails)) > 15


def test_text_that_stands_for_an_object_is_an_id() -> None:
    owner = {"anyOf": [TEXT, {"$ref": "#/components/schemas/Owner"}]}

    values = values_of(an_object(owner=owner), 20, Owner=an_object(id=TEXT, name=TEXT))

    texts = [value["owner"] for value in values if isinstance(value["owner"], str)]
    assert texts
    assert all(re.fullmatch("[0-9a-f-]{36}", text) for text in texts)


# Directions


@pytest.mark.parametrize(("direction", "absent"), [(Direction.RESPONSE, "secret"), (Direction.REQUEST, "id")])
def test_hidden_properties_are_absent_at_any_depth(direction: Direction, absent: str) -> None:
    inner = an_object(name=TEXT, secret={**TEXT, "writeOnly": True}, id={**TEXT, "readOnly": True})
    composed = {"allOf": [{"$ref": "#/components/schemas/Inner"}, {"required": ["secret", "id"]}]}
    schema = an_object(
        one={"$ref": "#/components/schemas/Inner"},
        many={"type": "array", "items": inner, "minItems": 2},
        map={"type": "object", "additionalProperties": inner, "minProperties": 1},
        composed=composed,
        shown={**inner, "example": {"name": "Rex", "secret": "s", "id": "i"}},
        either={"oneOf": [inner, {"type": "null"}]},
    )

    for value in values_of(schema, direction=direction, Inner=inner):
        assert f'"{absent}"' not in json.dumps(value)
        assert json.dumps(value).count('"name"') >= 5


# Locales


@pytest.mark.parametrize(
    ("locale", "dial", "country", "currency", "letters"),
    [
        ("de_DE", "+49", "Deutschland", "EUR", "[A-Za-zÄÖÜäöüß]"),
        ("ja-JP", "+81", "日本", "JPY", "[\u3040-\u9fff]"),
        ("pt_BR", "+55", "Brasil", "BRL", "[A-Za-zÀ-ÿ]"),
    ],
)
def test_locale_speaks_of_its_country(
    locale: str, dial: str, country: str, currency: str, letters: str
) -> None:
    names = (
        "firstName",
        "city",
        "country",
        "phone",
        "currency",
        "street",
        "description",
        "company",
        "jobTitle",
    )

    for value in values_of(an_object(**dict.fromkeys(names, TEXT)), 5, locale=locale):
        assert value["country"] == country
        assert value["phone"].startswith(dial)
        assert value["currency"] == currency
        assert re.search(letters, value["firstName"])
        assert all(value.values())


@pytest.mark.parametrize("locale", ["de_DE", "ja_JP", "fr_FR"])
def test_value_in_a_locale_is_the_same_for_the_same_seed(locale: str) -> None:
    schema = an_object(name=TEXT, city=TEXT, email=TEXT, title=TEXT)

    assert values_of(schema, 3, locale=locale) == values_of(schema, 3, locale=locale)


@pytest.mark.parametrize(
    ("locale", "near"),
    [("de_XX", "de_DE"), ("??", "they look like"), ("", "they look like")],
)
def test_unknown_locale_is_refused_with_those_near_to_it(locale: str, near: str) -> None:
    with pytest.raises(UsageError, match=near):
        values_of(TEXT, locale=locale)


# Formats of numbers


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("int8", 100, 127),
        ("int32", 2_147_483_000, 2_147_483_647),
        ("uint8", 250, 255),
        ("int64", 2**63 - 5, 2**63 - 1),
    ],
)
def test_whole_number_keeps_to_its_format(name: str, least: int, most: int) -> None:
    for value in values_of({"type": "integer", "format": name, "minimum": least}):
        assert least <= value <= most
