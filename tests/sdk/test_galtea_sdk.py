"""The vendor's own SDK lives its sessions' whole life against the served document.

The SDK can make no product, so that of the fixtures is used; all else is made by the test that needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import requests
from galtea import EntityNotFoundException, Galtea, Session, SessionStatus, Version
from galtea.domain.models.dataset import Dataset
from galtea.domain.models.test_case import TestCase as Case

PRODUCT = "prod_123"
KEY = "gsk_test"


def unique(name: str) -> str:
    """Return a name that nothing on the server has."""
    return f"{name}-{uuid4().hex[:12]}"


def status_of(error: requests.HTTPError) -> int:
    """Return the status of a refused request."""
    assert error.response is not None
    return error.response.status_code


def message_of(error: requests.HTTPError) -> str:
    """Return what the server said was wrong."""
    assert error.response is not None
    body = error.response.json()
    assert set(body) == {"error", "message"}
    return str(body["message"])


@pytest.fixture(scope="module")
def galtea(live_server: str) -> Iterator[Galtea]:
    with Galtea(api_key=KEY, base_url=live_server) as client:
        yield client


@pytest.fixture
def version(galtea: Galtea) -> Version:
    version = galtea.versions.create(product_id=PRODUCT, name=unique("version"))
    assert version is not None
    return version


@pytest.fixture
def dataset(galtea: Galtea) -> Dataset:
    return galtea.datasets.create(name=unique("dataset"), type="ACCURACY", product_id=PRODUCT)


@pytest.fixture
def case(galtea: Galtea, dataset: Dataset) -> Case:
    return galtea.test_cases.create(
        dataset_id=dataset.id, input="Are you open on Sunday?", context="It is Saturday."
    )


@pytest.fixture
def session(galtea: Galtea, version: Version, case: Case) -> Session:
    return galtea.sessions.create(version_id=version.id, custom_id=unique("session"), test_case_id=case.id)


@pytest.fixture
def sessions(galtea: Galtea, version: Version, case: Case) -> list[Session]:
    """Three sessions of one version: a finished one, a failed one, and one in production."""
    finished = galtea.sessions.create(version_id=version.id, custom_id=unique("first"), test_case_id=case.id)
    failed = galtea.sessions.create(version_id=version.id, custom_id=unique("second"), test_case_id=case.id)
    failed = galtea.sessions.update(failed.id, status="FAILED", error="no answer")
    production = galtea.sessions.create(version_id=version.id, is_production=True)
    return [finished, failed, production]


def ids(records: list[Session]) -> list[str]:
    return [record.id for record in records]


# Start-up


def test_sdk_starts_without_a_word(live_server: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Galtea(api_key=KEY, base_url=live_server):
        pass

    assert capsys.readouterr().out == ""


def test_sdk_works_below_the_name_of_the_document(live_server: str) -> None:
    with Galtea(api_key=KEY, base_url=f"{live_server}/galtea/") as client:
        assert client.products.get(PRODUCT).id == PRODUCT


def test_foreign_key_is_refused(live_server: str) -> None:
    with (
        Galtea(api_key="sk-of-somebody-else", base_url=live_server) as client,
        pytest.raises(requests.HTTPError) as caught,
    ):
        client.products.list()

    assert status_of(caught.value) == 401
    assert message_of(caught.value)


# Creating sessions


def test_created_session_takes_the_context_of_its_test_case(
    galtea: Galtea, version: Version, case: Case
) -> None:
    session = galtea.sessions.create(version_id=version.id, test_case_id=case.id)

    assert session.context == "It is Saturday."
    assert session.context_data == {"value": "It is Saturday."}
    assert session.test_case_id == case.id
    assert not session.is_monitoring()


def test_created_session_has_what_the_server_sets(galtea: Galtea, version: Version, case: Case) -> None:
    session = galtea.sessions.create(version_id=version.id, test_case_id=case.id)

    assert session.id.startswith("session_")
    assert session.status is SessionStatus.COMPLETED
    assert session.user_id == "user_123"
    assert session.deleted_at is None
    assert datetime.now(UTC) - datetime.fromisoformat(session.created_at) < timedelta(minutes=5)


def test_created_session_keeps_custom_id_and_metadata(galtea: Galtea, version: Version, case: Case) -> None:
    custom_id = unique("mine")

    session = galtea.sessions.create(
        version_id=version.id,
        custom_id=custom_id,
        test_case_id=case.id,
        metadata={"tries": 3, "tags": ["a", "b"]},
    )

    assert session.custom_id == custom_id
    assert session.metadata == {"tries": 3, "tags": ["a", "b"]}


def test_production_session_keeps_its_own_context(galtea: Galtea, version: Version) -> None:
    session = galtea.sessions.create(version_id=version.id, context="On the family plan.", is_production=True)

    assert session.context == "On the family plan."
    assert session.context_data == {"value": "On the family plan."}


def test_production_session_has_neither_test_case_nor_user(galtea: Galtea, version: Version) -> None:
    session = galtea.sessions.create(version_id=version.id, is_production=True)

    assert session.test_case_id is None
    assert session.user_id is None
    assert session.context is None
    assert session.is_production is None
    assert session.is_monitoring()


def test_session_without_test_case_is_refused(galtea: Galtea, version: Version) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        galtea.sessions.create(version_id=version.id)

    assert status_of(caught.value) == 400
    assert "testCaseId" in message_of(caught.value)


def test_production_session_with_test_case_is_refused(galtea: Galtea, version: Version, case: Case) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        galtea.sessions.create(version_id=version.id, test_case_id=case.id, is_production=True)

    assert status_of(caught.value) == 400
    assert "testCaseId" in message_of(caught.value)


def test_context_beside_a_test_case_is_refused(galtea: Galtea, version: Version, case: Case) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        galtea.sessions.create(version_id=version.id, test_case_id=case.id, context="It is Monday.")

    assert status_of(caught.value) == 400
    assert "context" in message_of(caught.value)


def test_session_of_unknown_version_is_not_found(galtea: Galtea, case: Case) -> None:
    with pytest.raises(EntityNotFoundException, match="ver_unknown"):
        galtea.sessions.create(version_id="ver_unknown", test_case_id=case.id)


def test_session_of_unknown_test_case_is_not_found(galtea: Galtea, version: Version) -> None:
    with pytest.raises(EntityNotFoundException, match="tc_unknown"):
        galtea.sessions.create(version_id=version.id, test_case_id="tc_unknown")


def test_custom_id_that_the_version_has_is_a_conflict(galtea: Galtea, session: Session) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        galtea.sessions.create(version_id=session.version_id, custom_id=session.custom_id, is_production=True)

    assert status_of(caught.value) == 409
    assert str(session.custom_id) in message_of(caught.value)


def test_custom_id_is_free_in_another_version(galtea: Galtea, session: Session) -> None:
    other = galtea.versions.create(product_id=PRODUCT, name=unique("other"))
    assert other is not None

    twin = galtea.sessions.create(version_id=other.id, custom_id=session.custom_id, is_production=True)

    assert twin.custom_id == session.custom_id
    assert twin.id != session.id


def test_custom_id_of_a_deleted_session_is_free_again(galtea: Galtea, session: Session) -> None:
    galtea.sessions.delete(session.id)

    heir = galtea.sessions.create(
        version_id=session.version_id, custom_id=session.custom_id, is_production=True
    )

    assert heir.id != session.id


# Reading sessions


def test_get_answers_what_was_created(galtea: Galtea, session: Session) -> None:
    assert galtea.sessions.get(session.id) == session


def test_get_of_unknown_session_is_not_found(galtea: Galtea) -> None:
    with pytest.raises(EntityNotFoundException, match="session_unknown"):
        galtea.sessions.get("session_unknown")


def test_get_by_custom_id_finds_the_session_of_a_version(galtea: Galtea, session: Session) -> None:
    found = galtea.sessions.get_by_custom_id(str(session.custom_id), version_id=session.version_id)

    assert found == session


def test_get_by_custom_id_finds_the_latest_session_of_a_product(galtea: Galtea, session: Session) -> None:
    other = galtea.versions.create(product_id=PRODUCT, name=unique("later"))
    assert other is not None
    later = galtea.sessions.create(version_id=other.id, custom_id=session.custom_id, is_production=True)

    found = galtea.sessions.get_by_custom_id(str(session.custom_id), product_id=PRODUCT)

    assert later.created_at > session.created_at
    assert found.id == later.id


def test_get_by_custom_id_of_another_version_is_not_found(galtea: Galtea, session: Session) -> None:
    other = galtea.versions.create(product_id=PRODUCT, name=unique("empty"))
    assert other is not None

    with pytest.raises(EntityNotFoundException):
        galtea.sessions.get_by_custom_id(str(session.custom_id), version_id=other.id)


def test_get_or_create_makes_a_session_once(galtea: Galtea, version: Version, case: Case) -> None:
    custom_id = unique("once")

    first = galtea.sessions.get_or_create(custom_id, version_id=version.id, test_case_id=case.id)
    second = galtea.sessions.get_or_create(custom_id, version_id=version.id, test_case_id=case.id)

    assert first.custom_id == custom_id
    assert second == first


# Listing sessions


def test_list_by_version_answers_in_the_order_of_creation(
    galtea: Galtea, version: Version, sessions: list[Session]
) -> None:
    assert galtea.sessions.list(version_id=version.id) == sessions


def test_list_by_id_answers_those_sessions_only(galtea: Galtea, sessions: list[Session]) -> None:
    wanted = [sessions[0].id, sessions[2].id]

    assert ids(galtea.sessions.list(id=wanted)) == wanted


def test_list_with_an_unknown_id_is_not_found(galtea: Galtea, session: Session) -> None:
    with pytest.raises(EntityNotFoundException, match="session_unknown"):
        galtea.sessions.list(id=[session.id, "session_unknown"])


def test_list_by_test_case_answers_its_sessions(galtea: Galtea, case: Case, sessions: list[Session]) -> None:
    assert ids(galtea.sessions.list(test_case_id=case.id)) == ids(sessions[:2])


def test_list_by_custom_id_answers_the_session(galtea: Galtea, sessions: list[Session]) -> None:
    assert ids(galtea.sessions.list(custom_id=[str(sessions[1].custom_id)])) == [sessions[1].id]


def test_list_by_dataset_answers_the_sessions_of_its_test_cases(
    galtea: Galtea, dataset: Dataset, sessions: list[Session]
) -> None:
    assert ids(galtea.sessions.list(dataset_id=dataset.id)) == ids(sessions[:2])


def test_list_by_the_empty_dataset_answers_sessions_without_test(
    galtea: Galtea, version: Version, sessions: list[Session]
) -> None:
    assert ids(galtea.sessions.list(version_id=version.id, dataset_id=[""])) == [sessions[2].id]


def test_list_by_status_answers_sessions_in_it(
    galtea: Galtea, version: Version, sessions: list[Session]
) -> None:
    assert ids(galtea.sessions.list(version_id=version.id, status="FAILED")) == [sessions[1].id]


def test_list_by_several_statuses_answers_sessions_in_any(
    galtea: Galtea, version: Version, sessions: list[Session]
) -> None:
    found = galtea.sessions.list(
        version_id=version.id, status=[SessionStatus.FAILED, SessionStatus.COMPLETED]
    )

    assert ids(found) == ids(sessions)


def test_list_by_an_invented_status_is_refused(galtea: Galtea, version: Version) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        galtea.sessions.list(version_id=version.id, status="ASLEEP")

    assert status_of(caught.value) == 400
    assert "statuses" in message_of(caught.value)


def test_list_by_user_leaves_production_sessions_out(
    galtea: Galtea, version: Version, sessions: list[Session]
) -> None:
    assert ids(galtea.sessions.list(version_id=version.id, user_id="user_123")) == ids(sessions[:2])


def test_list_bounds_of_creation_are_inclusive(
    galtea: Galtea, version: Version, sessions: list[Session]
) -> None:
    at = sessions[1].created_at

    found = galtea.sessions.list(version_id=version.id, from_created_at=at, to_created_at=at)

    assert sessions[1].id in ids(found)
    assert {session.created_at for session in found} == {at}


def test_list_bounds_of_creation_may_be_unix_seconds(
    galtea: Galtea, version: Version, sessions: list[Session]
) -> None:
    now = int(datetime.now(UTC).timestamp())
    before, after = now - 600, now + 600

    assert (
        galtea.sessions.list(version_id=version.id, from_created_at=before, to_created_at=after) == sessions
    )
    assert galtea.sessions.list(version_id=version.id, to_created_at=before) == []
    assert galtea.sessions.list(version_id=version.id, from_created_at=after) == []


def test_list_sorts_by_creation_in_both_directions(
    galtea: Galtea, version: Version, sessions: list[Session]
) -> None:
    upwards = galtea.sessions.list(version_id=version.id, sort_by_created_at="asc")
    downwards = galtea.sessions.list(version_id=version.id, sort_by_created_at="desc")

    assert ids(upwards) == ids(sessions)
    assert ids(downwards) == ids(sessions)[::-1]


def test_list_pages_cover_everything_once(galtea: Galtea, version: Version, sessions: list[Session]) -> None:
    first = galtea.sessions.list(version_id=version.id, limit=2)
    second = galtea.sessions.list(version_id=version.id, limit=2, offset=2)

    assert ids(first) + ids(second) == ids(sessions)


def test_list_of_an_unknown_version_is_not_found(galtea: Galtea) -> None:
    with pytest.raises(EntityNotFoundException, match="ver_unknown"):
        galtea.sessions.list(version_id="ver_unknown")


def test_list_of_an_unknown_dataset_is_not_found(galtea: Galtea) -> None:
    with pytest.raises(EntityNotFoundException, match="test_unknown"):
        galtea.sessions.list(dataset_id="test_unknown")


# Changing sessions


def test_update_changes_what_was_passed_only(galtea: Galtea, session: Session) -> None:
    updated = galtea.sessions.update(session.id, status="PENDING", metadata={"turns": 2})

    assert updated.status is SessionStatus.PENDING
    assert updated.metadata == {"turns": 2}
    assert updated.custom_id == session.custom_id
    assert updated.context == session.context
    assert galtea.sessions.get(session.id) == updated


def test_update_with_none_clears(galtea: Galtea, session: Session) -> None:
    galtea.sessions.update(session.id, metadata={"turns": 2}, stopping_reason="GOAL_ACHIEVED")

    updated = galtea.sessions.update(
        session.id, custom_id=None, context=None, metadata=None, stopping_reason=None
    )

    assert updated.custom_id is None
    assert updated.context is None
    assert updated.metadata is None
    assert updated.stopping_reason is None


def test_update_of_the_context_wraps_text(galtea: Galtea, session: Session) -> None:
    updated = galtea.sessions.update(session.id, context="It is Monday.")

    assert updated.context_data == {"value": "It is Monday."}


def test_update_of_the_error_leaves_the_status(galtea: Galtea, session: Session) -> None:
    updated = galtea.sessions.update(session.id, error='HTTP 422 — {"detail": "none"}')

    assert updated.error == 'HTTP 422 — {"detail": "none"}'
    assert updated.status is SessionStatus.COMPLETED


def test_update_to_an_invented_status_is_refused(galtea: Galtea, session: Session) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        galtea.sessions.update(session.id, status="ASLEEP")

    assert status_of(caught.value) == 400
    assert "status" in message_of(caught.value)


def test_update_to_a_custom_id_that_is_taken_is_a_conflict(galtea: Galtea, sessions: list[Session]) -> None:
    with pytest.raises(requests.HTTPError) as caught:
        galtea.sessions.update(sessions[1].id, custom_id=sessions[0].custom_id)

    assert status_of(caught.value) == 409


def test_finish_completes_with_the_sdks_reason(galtea: Galtea, session: Session) -> None:
    galtea.sessions.update(session.id, status="PENDING")

    finished = galtea.sessions.finish(session.id)

    assert finished.status is SessionStatus.COMPLETED
    assert finished.stopping_reason == "FINISHED"


def test_finish_keeps_the_given_reason(galtea: Galtea, session: Session) -> None:
    galtea.sessions.finish(session.id, stopping_reason="GOAL_ACHIEVED")

    assert galtea.sessions.get(session.id).stopping_reason == "GOAL_ACHIEVED"


# Deleting sessions


def test_deleted_session_is_not_found(galtea: Galtea, session: Session) -> None:
    galtea.sessions.delete(session.id)

    with pytest.raises(EntityNotFoundException, match=session.id):
        galtea.sessions.get(session.id)


def test_deleted_session_is_on_no_list(galtea: Galtea, version: Version, sessions: list[Session]) -> None:
    galtea.sessions.delete(sessions[0].id)

    assert ids(galtea.sessions.list(version_id=version.id)) == ids(sessions[1:])


def test_deleted_session_is_not_found_among_ids(galtea: Galtea, sessions: list[Session]) -> None:
    galtea.sessions.delete(sessions[0].id)

    with pytest.raises(EntityNotFoundException, match=sessions[0].id):
        galtea.sessions.list(id=ids(sessions))


def test_second_delete_is_not_found(galtea: Galtea, session: Session) -> None:
    galtea.sessions.delete(session.id)

    with pytest.raises(EntityNotFoundException):
        galtea.sessions.delete(session.id)


# Products


def test_product_of_the_fixtures_is_found_by_id_and_name(galtea: Galtea) -> None:
    product = galtea.products.get(PRODUCT)

    assert product.organization_id
    assert galtea.products.get_by_name(product.name) == product
    assert galtea.products.list(id=PRODUCT) == [product]


def test_products_sort_by_creation(galtea: Galtea) -> None:
    times = [product.created_at for product in galtea.products.list(sort_by_created_at="desc")]

    assert len(times) >= 2
    assert times == sorted(times, reverse=True)


def test_unknown_product_is_not_found(galtea: Galtea) -> None:
    with pytest.raises(EntityNotFoundException, match="prod_unknown"):
        galtea.products.get("prod_unknown")


def test_deleted_product_is_not_found(galtea: Galtea, live_server: str) -> None:
    product = new_product(live_server)
    galtea.products.delete(product)

    with pytest.raises(EntityNotFoundException):
        galtea.products.get(product)


def new_product(live_server: str) -> str:
    """Make a product as the dashboard does; the SDK cannot."""
    answer = httpx.post(
        f"{live_server}/products",
        headers={"Authorization": f"Bearer {KEY}"},
        json={"name": unique("product"), "description": "Of a test."},
    )
    assert answer.status_code == 201
    return str(answer.json()["id"])


# Versions


def test_versions_without_name_are_named_by_their_number(galtea: Galtea, live_server: str) -> None:
    product = new_product(live_server)

    versions = [galtea.versions.create(product_id=product) for _ in range(3)]

    assert [version and version.number for version in versions] == [1, 2, 3]
    assert [version and version.name for version in versions] == ["v1", "v2", "v3"]


def test_number_of_a_deleted_version_is_not_given_again(galtea: Galtea, live_server: str) -> None:
    product = new_product(live_server)
    first = galtea.versions.create(product_id=product)
    assert first is not None
    galtea.versions.delete(first.id)

    second = galtea.versions.create(product_id=product)

    assert second is not None
    assert second.number == 2


def test_version_keeps_what_it_was_made_with(galtea: Galtea) -> None:
    parent = galtea.versions.create(product_id=PRODUCT, name=unique("parent"))
    assert parent is not None

    version = galtea.versions.create(
        product_id=PRODUCT,
        name=unique("child"),
        description="Shorter.",
        system_prompt="Be brief.",
        parent_version_id=parent.id,
        otel_output_source_rule={"spanName": "reply"},
    )

    assert version is not None
    assert (version.description, version.system_prompt) == ("Shorter.", "Be brief.")
    assert version.parent_version_id == parent.id
    assert version.otel_output_source_rule == {"spanName": "reply"}
    assert galtea.versions.get(version.id) == version
    assert galtea.versions.list(product_id=PRODUCT, parent_version_id=parent.id) == [version]


def test_version_with_a_taken_name_is_refused(
    galtea: Galtea, version: Version, capsys: pytest.CaptureFixture[str]
) -> None:
    again = galtea.versions.create(product_id=PRODUCT, name=version.name)

    # The SDK answers None and prints the refusal.
    assert again is None
    assert "409" in capsys.readouterr().out


def test_version_is_found_by_name(galtea: Galtea, version: Version) -> None:
    assert galtea.versions.get_by_name(PRODUCT, version.name) == version


def test_unknown_name_of_a_version_is_not_found(galtea: Galtea) -> None:
    with pytest.raises(EntityNotFoundException, match="no such name"):
        galtea.versions.get_by_name(PRODUCT, "no such name")


def test_version_is_updated_in_part(galtea: Galtea, version: Version) -> None:
    updated = galtea.versions.update(version.id, description="Longer.", facts={"model": "gpt-4o"})

    assert (updated.name, updated.number) == (version.name, version.number)
    assert updated.description == "Longer."
    assert updated.facts == {"model": "gpt-4o"}


def test_deleted_version_is_not_found(galtea: Galtea, version: Version) -> None:
    galtea.versions.delete(version.id)

    with pytest.raises(EntityNotFoundException):
        galtea.versions.get(version.id)


def test_versions_of_an_unknown_product_are_not_found(galtea: Galtea) -> None:
    with pytest.raises(EntityNotFoundException, match="prod_unknown"):
        galtea.versions.list(product_id="prod_unknown")


# Tests, which the SDK calls datasets


def test_dataset_keeps_what_it_was_made_with(galtea: Galtea) -> None:
    name = unique("scenarios")

    dataset = galtea.datasets.create(
        name=name,
        type="BEHAVIOR",
        product_id=PRODUCT,
        strategies=["written"],
        language="es-MX",
        max_test_cases=5,
        background_noise_profile="office",
        metadata=["any", {"json": 1}],
    )

    assert (dataset.name, dataset.type, dataset.language_code) == (name, "SCENARIOS", "es-MX")
    assert (dataset.strategies, dataset.max_test_cases) == (["written"], 5)
    assert dataset.background_noise_profile == "office"
    assert dataset.metadata == ["any", {"json": 1}]
    assert galtea.datasets.get(dataset.id) == dataset
    assert galtea.datasets.get_by_name(PRODUCT, name) == dataset


def test_dataset_list_by_type_answers_that_type_only(galtea: Galtea, dataset: Dataset) -> None:
    found = galtea.datasets.list(product_id=PRODUCT, types=["ACCURACY"])

    assert dataset.id in {item.id for item in found}
    assert {item.type for item in found} == {"QUALITY"}


def test_dataset_is_renamed(galtea: Galtea, dataset: Dataset) -> None:
    name = unique("renamed")

    updated = galtea.datasets.update(dataset.id, name=name, metadata={"owner": "me"})

    assert (updated.name, updated.metadata, updated.type) == (name, {"owner": "me"}, dataset.type)


def test_dataset_of_an_unknown_product_is_not_found(galtea: Galtea) -> None:
    with pytest.raises(EntityNotFoundException, match="prod_unknown"):
        galtea.datasets.create(name=unique("lost"), type="ACCURACY", product_id="prod_unknown")


def test_deleted_dataset_is_not_found(galtea: Galtea, dataset: Dataset) -> None:
    galtea.datasets.delete(dataset.id)

    with pytest.raises(EntityNotFoundException):
        galtea.datasets.get(dataset.id)


# Test cases


def test_texts_of_a_test_case_come_back_as_objects(case: Case) -> None:
    assert case.input == "Are you open on Sunday?"
    assert case.input_data == {"user_message": "Are you open on Sunday?"}
    assert case.context_data == {"value": "It is Saturday."}


def test_objects_of_a_test_case_stay_as_they_are(galtea: Galtea, dataset: Dataset) -> None:
    case = galtea.test_cases.create(
        dataset_id=dataset.id,
        input={"user_message": "Hello", "chat_type": "support"},
        context={"customer_tier": "gold"},
        expected_tools=["find_order"],
        gender="FEMALE",
    )

    assert case.input_data == {"user_message": "Hello", "chat_type": "support"}
    assert case.context_data == {"customer_tier": "gold"}
    assert (case.expected_tools, case.gender) == (["find_order"], "FEMALE")
    assert galtea.test_cases.get(case.id) == case


def test_test_cases_are_filtered_by_language_and_review(galtea: Galtea, dataset: Dataset) -> None:
    english = galtea.test_cases.create(dataset_id=dataset.id, input="Good evening", language="en")
    spanish = galtea.test_cases.create(
        dataset_id=dataset.id, input="Buenas tardes", language="es", reviewed_by_id="user_456", user_score=1
    )

    def found(**filters: object) -> list[str]:
        return [case.id for case in galtea.test_cases.list(dataset_id=dataset.id, **filters)]

    assert found() == [english.id, spanish.id]
    assert found(languages=["es"]) == [spanish.id]
    assert found(reviewed=True) == [spanish.id]
    assert found(reviewed=False) == [english.id]
    assert found(user_score=0) == [english.id]
    assert found(input="tardes") == [spanish.id]
    assert found(include_legacy=False) == [english.id, spanish.id]


def test_deleted_test_case_is_not_found(galtea: Galtea, case: Case) -> None:
    galtea.test_cases.delete(case.id)

    with pytest.raises(EntityNotFoundException):
        galtea.test_cases.get(case.id)


# Inference results, which the SDK calls traces


def test_turns_of_a_session_are_counted_from_zero(galtea: Galtea, session: Session) -> None:
    turns = [
        galtea.traces.create(session_id=session.id, input=text, output="Yes.") for text in ("Open?", "Now?")
    ]

    assert [turn.index for turn in turns] == [0, 1]
    assert galtea.traces.list(session_id=session.id) == turns


def test_turn_keeps_what_it_was_made_with(galtea: Galtea, session: Session) -> None:
    turn = galtea.traces.create(
        session_id=session.id,
        input="Where is my parcel?",
        output={"assistant_message": "On its way."},
        latency=812.5,
        usage_info={"input_tokens": 214, "output_tokens": 38},
        cost_info={"cost": 0.25},
    )

    assert (turn.session_id, turn.status, turn.input) == (session.id, "GENERATED", "Where is my parcel?")
    assert turn.input_data == {"user_message": "Where is my parcel?"}
    assert (turn.actual_output, turn.latency) == ("On its way.", 812.5)
    assert (turn.input_tokens, turn.output_tokens, turn.cost) == (214, 38, 0.25)
    assert galtea.traces.get(turn.id) == turn


def test_turn_finds_its_session_by_custom_id(galtea: Galtea, session: Session) -> None:
    by_version = galtea.traces.create(
        session_custom_id=session.custom_id, version_id=session.version_id, input="Hello?"
    )
    by_product = galtea.traces.create(
        session_custom_id=session.custom_id, product_id=PRODUCT, input="Hello again?"
    )

    assert [by_version.session_id, by_product.session_id] == [session.id, session.id]


def test_turn_of_an_unknown_session_is_not_found(galtea: Galtea, version: Version) -> None:
    with pytest.raises(EntityNotFoundException, match="session_unknown"):
        galtea.traces.create(session_id="session_unknown", input="Hello?")
    with pytest.raises(EntityNotFoundException, match="no-such-custom-id"):
        galtea.traces.create(session_custom_id="no-such-custom-id", version_id=version.id, input="Hello?")


def test_batch_makes_a_turn_of_each_question_and_its_answer(galtea: Galtea, session: Session) -> None:
    turns = galtea.traces.create_batch(
        session_id=session.id,
        conversation_turns=[
            {"role": "assistant", "content": "Welcome."},
            {"role": "user", "content": "What is the capital of France?"},
            {"role": "assistant", "content": "Paris.", "retrieval_context": "An atlas."},
            {"role": "user", "content": "Are you sure?"},
        ],
    )

    assert [(turn.index, turn.input, turn.actual_output) for turn in turns] == [
        (0, None, "Welcome."),
        (1, "What is the capital of France?", "Paris."),
        (2, "Are you sure?", None),
    ]
    assert galtea.traces.list(session_id=session.id) == turns


def test_batch_for_an_unknown_session_is_not_found(galtea: Galtea) -> None:
    with pytest.raises(EntityNotFoundException, match="session_unknown"):
        galtea.traces.create_batch(
            session_id="session_unknown", conversation_turns=[{"role": "user", "content": "Hello?"}]
        )


def test_turn_is_added_to_a_finished_session(galtea: Galtea, session: Session) -> None:
    galtea.sessions.finish(session.id)

    assert galtea.traces.create(session_id=session.id, input="One more thing.").session_id == session.id


def test_pending_turn_is_completed_later(galtea: Galtea, session: Session) -> None:
    turn = galtea.traces.create(session_id=session.id, input="Open?", status="PENDING")

    updated = galtea.traces.update(turn.id, output="Until eight.", status="GENERATED", latency=120)

    assert (turn.status, updated.status) == ("PENDING", "GENERATED")
    assert (updated.input, updated.actual_output, updated.latency) == ("Open?", "Until eight.", 120)


def test_deleted_turn_is_not_found(galtea: Galtea, session: Session) -> None:
    turn = galtea.traces.create(session_id=session.id, input="Open?")
    galtea.traces.delete(turn.id)

    with pytest.raises(EntityNotFoundException):
        galtea.traces.get(turn.id)
    assert galtea.traces.list(session_id=session.id) == []
