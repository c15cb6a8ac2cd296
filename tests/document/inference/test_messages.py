"""Where records stand in requests and answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.document.inference.conftest import INTEGER, STRING, actions, many, op, plan, record, ref

TRUE: dict[str, Any] = {"type": "boolean"}
PET = record("id", "name", "kind")


@pytest.mark.parametrize(
    ("answer", "template"),
    [
        (ref("Pet"), None),
        (record(pet=ref("Pet")), {"pet": "$record"}),
        (record(data=ref("Pet")), {"data": "$record"}),
        (record(data=record(pet=ref("Pet"))), {"data": {"pet": "$record"}}),
        (record("request_id", result=ref("Pet"), ok=TRUE), {"result": "$record", "ok": True}),
        (record(ok=TRUE, animal=ref("Pet")), {"ok": True, "animal": "$record"}),
        (record("error", payload=ref("Pet")), {"payload": "$record"}),
    ],
)
def test_record_is_found_in_its_wrapper(answer: dict[str, Any], template: Any) -> None:
    found = plan(
        {
            "GET /pets": op(many(ref("Pet"))),
            "POST /pets": op(answer, record("name", "kind"), status=201),
            "GET /pets/{id}": op(answer),
        },
        Pet=PET,
    )

    assert found.raw["resources"]["pets"]["schema"] == "Pet"
    assert found.raw["operations"]["GET /pets/{id}"].get("answer") == template
    assert found.raw["operations"]["POST /pets"].get("answer") == template


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        (many(ref("Pet")), ()),
        (record(data=many(ref("Pet"))), ("data",)),
        (record("next", items=many(ref("Pet")), total=INTEGER), ("items",)),
        (record(pets=many(ref("Pet")), owners=many(record("id"))), ("pets",)),
        (record("object", data=many(ref("Pet")), has_more=TRUE), ("data",)),
        (record(results=many(ref("Pet")), metadata=record("page")), ("results",)),
        (record(result=record(pets=many(ref("Pet"))), status=STRING), ("result", "pets")),
        (record(_embedded=record(pets=many(ref("Pet"))), page=record("size")), ("_embedded", "pets")),
        (record(Resources=many(ref("Pet")), totalResults=INTEGER), ("Resources",)),
        (record(animals=many(ref("Pet")), page=INTEGER, page_size=INTEGER), ("animals",)),
    ],
)
def test_list_is_found_in_its_envelope(answer: dict[str, Any], place: tuple[str, ...]) -> None:
    found = plan(
        {"GET /pets": op(answer), "GET /pets/{id}": op(ref("Pet"))},
        Pet=PET,
    )

    assert actions(found)["GET /pets"] == "list pets"
    node = found.raw["operations"]["GET /pets"].get("answer", "$page.items")
    for name in place:
        node = node[name]
    assert node == "$page.items"


def test_thing_that_has_a_list_is_no_envelope() -> None:
    """An order has items, and is one thing all the same."""
    cart = record("currency", "note", customer=record("name"), items=many(record("sku")))
    found = plan({"GET /orders/{orderNumber}": op(cart), "GET /cart": op(cart), "PUT /cart": op(cart, cart)})

    assert actions(found)["GET /orders/{orderNumber}"] == "get orders"
    assert found.raw["resources"]["cart"]["singleton"] is True


def test_json_api_document_holds_the_record_in_data() -> None:
    crop = record("type", "id", attributes=record("name"))
    sent = record("type", attributes=record("name"))
    found = plan(
        {
            "GET /crops": op(record(data=many(ref("Crop")), links=record("next"))),
            "POST /crops": op(record(data=ref("Crop")), record(data=sent), status=201),
            "GET /crops/{id}": op(record(data=ref("Crop"))),
        },
        Crop=crop,
    )

    assert found.raw["resources"]["crops"]["schema"] == "Crop"
    assert found.raw["operations"]["POST /crops"]["item"] == "$request.body#/data"
    assert found.raw["operations"]["POST /crops"]["answer"] == {"data": "$record"}


def test_wrapper_is_of_one_direction_where_the_other_has_none() -> None:
    found = plan(
        {
            "POST /customers": op(record(customer=ref("Customer")), record("name", "email"), status=201),
            "PUT /customers/{id}": op(ref("Customer"), record(customer=record("name", "email"))),
            "GET /customers/{id}": op(record(customer=ref("Customer"), idempotency_key=STRING)),
        },
        Customer=record("id", "name", "email"),
    )

    operations = found.raw["operations"]
    assert "item" not in operations["POST /customers"]
    assert operations["PUT /customers/{id}"]["item"] == "$request.body#/customer"
    assert operations["GET /customers/{id}"]["answer"] == {"customer": "$record"}


def test_form_spread_over_the_query_is_the_record() -> None:
    found = plan(
        {
            "POST /branches": op(ref("Branch"), query={"name": STRING, "verbose": STRING}, status=201),
            "GET /branches/{name}": op(ref("Branch")),
        },
        Branch=record("name", "commit"),
    )

    assert found.raw["operations"]["POST /branches"]["item"] == {"name": "$request.query.name"}


@pytest.mark.parametrize(
    ("answer", "template"),
    [
        (record("petId"), {"petId": "$record#/id"}),
        (record("id", deleted={"type": "boolean", "enum": [True]}), {"id": "$record#/id", "deleted": True}),
        (record("message", success=TRUE), {"success": True}),
        ({"type": "object"}, {}),
        (ref("Pet"), None),
        (None, None),
    ],
)
def test_receipt_of_a_deletion_says_what_was_deleted(answer: dict[str, Any] | None, template: Any) -> None:
    found = plan(
        {
            "GET /pets/{id}": op(ref("Pet")),
            "GET /pets": op(many(ref("Pet"))),
            "DELETE /pets/{id}": op(answer),
        },
        Pet=PET,
    )

    assert found.raw["operations"]["DELETE /pets/{id}"].get("answer") == template


def test_creation_may_answer_an_id_only() -> None:
    found = plan(
        {
            "POST /silences": op(record("silenceID"), record("comment")),
            "GET /silences": op(many(ref("Silence"))),
            "GET /silence/{silenceID}": op(ref("Silence")),
        },
        Silence=record("id", "comment"),
    )

    assert actions(found)["POST /silences"] == "create silences"
    assert found.raw["operations"]["POST /silences"]["answer"] == {"silenceID": "$record#/id"}


def test_made_things_are_answered_with_201_where_it_is_declared_beside_200() -> None:
    create = op(ref("Pet"), record("name"))
    create["responses"]["201"] = create["responses"]["200"]
    found = plan({"POST /pets": create, "GET /pets/{id}": op(ref("Pet"))}, Pet=PET)

    assert found.raw["operations"]["POST /pets"]["status"] == 201


def test_list_of_compact_entries_shows_the_records_that_are_read_in_full() -> None:
    found = plan(
        {"GET /pets": op(many(ref("PetSummary"))), "GET /pets/{id}": op(ref("PetDetails"))},
        PetSummary=record("id", "name"),
        PetDetails=record("id", "name", "kind", "born"),
    )

    assert found.raw["resources"]["pets"]["schema"] == "PetDetails"
    assert actions(found) == {"GET /pets": "list pets", "GET /pets/{id}": "get pets"}


def test_record_of_links_and_a_named_schema_is_the_named_one() -> None:
    answer = {"allOf": [ref("Pet"), record(links=record("self"))]}
    found = plan({"GET /pets/{id}": op(answer), "DELETE /pets/{id}": op(status=204)}, Pet=PET)

    assert found.raw["resources"]["pets"]["schema"] == "Pet"


def test_answer_that_may_say_that_a_record_was_deleted_shows_the_living() -> None:
    dead = record("id", deleted={"type": "boolean", "enum": [True]})
    found = plan(
        {
            "GET /pets/{id}": op({"anyOf": [ref("Pet"), ref("deleted_pet")]}),
            "GET /pets": op(many(ref("Pet"))),
        },
        Pet=PET,
        deleted_pet=dead,
    )

    assert found.raw["resources"]["pets"]["schema"] == "Pet"


def test_objects_of_which_nothing_is_said_are_records_all_the_same() -> None:
    found = plan(
        {
            "GET /documents": op(record(results=many({"type": "object"}), total=INTEGER)),
            "GET /documents/{documentId}": op({"type": "object"}),
            "DELETE /documents/{documentId}": op(record("taskUid", "status", "type")),
        }
    )

    assert set(actions(found).values()) == {"list documents", "get documents", "delete documents"}
