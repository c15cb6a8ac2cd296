"""What sub-actions do to the states of records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockserver.document.inference import lifecycles, verbs
from tests.document.inference.found import FLAG, TEXT, TIME, WHOLE, enum, refine_resource

ORDER = enum("pending", "paid", "shipped", "cancelled", "completed")


def moved(record: dict[str, Any], verb: str, answers: dict[str, str] | None = None) -> dict[str, Any] | None:
    """Return what one sub-action does."""
    view, found = refine_resource(
        {"id": TEXT, **record}, create={"name": TEXT}, actions={verb: answers or {}}
    )
    _, entries = lifecycles.refine(view, found)
    return next(iter(entries.values()), None)


@pytest.mark.parametrize(
    ("verb", "values", "state"),
    [
        ("cancel", ("pending", "cancelled"), "cancelled"),
        ("cancel", ("PENDING", "CANCELED"), "CANCELED"),
        ("finish", ("running", "completed"), "completed"),
        ("finish", ("open", "finished", "done"), "finished"),
        ("complete", ("todo", "done"), "done"),
        ("start", ("queued", "in_progress"), "in_progress"),
        ("start", ("created", "running"), "running"),
        ("stop", ("active", "stopped"), "stopped"),
        ("pause", ("active", "paused"), "paused"),
        ("resume", ("active", "paused"), "active"),
        ("archive", ("active", "archived"), "archived"),
        ("reopen", ("open", "closed"), "open"),
        ("close", ("open", "closed"), "closed"),
        ("approve", ("pending", "approved", "rejected"), "approved"),
        ("reject", ("pending", "approved", "declined"), "declined"),
        ("publish", ("draft", "published"), "published"),
        ("unpublish", ("draft", "published"), "draft"),
        ("pay", ("open", "paid"), "paid"),
        ("ship", ("packed", "shipped"), "shipped"),
        ("send", ("draft", "sent"), "sent"),
        ("void", ("open", "void"), "void"),
        ("capture", ("requires_capture", "succeeded"), "succeeded"),
        ("finalize", ("draft", "open"), "open"),
        ("mark_uncollectible", ("open", "uncollectible"), "uncollectible"),
        ("mark-as-read", ("unread", "read"), "read"),
        ("verify", ("new", "verified"), "verified"),
        ("deny", ("new", "denied"), "denied"),
        ("enable", ("enabled", "disabled"), "enabled"),
        ("deactivate", ("active", "inactive"), "inactive"),
        ("authorize", ("new", "authorized"), "authorized"),
        ("extend", ("short", "long"), None),
        ("frobnicate", ("open", "closed"), None),
    ],
)
def test_verb_leads_to_the_state_that_it_means(verb: str, values: tuple[str, ...], state: str | None) -> None:
    expected = None if state is None else {"set": {"status": state}}

    assert moved({"status": enum(*values)}, verb) == expected


@pytest.mark.parametrize(
    ("record", "verb", "change"),
    [
        ({"archived": FLAG}, "archive", {"archived": True}),
        ({"is_archived": FLAG}, "archive", {"is_archived": True}),
        ({"archived": FLAG}, "unarchive", {"archived": False}),
        ({"archived_at": TIME}, "archive", {"archived_at": "$now"}),
        ({"archivedAt": {"anyOf": [TIME, {"type": "null"}]}}, "unarchive", {"archivedAt": None}),
        ({"archivedAt": TIME}, "unarchive", None),
        ({"canceled_at": WHOLE}, "cancel", {"canceled_at": "$now_unix"}),
        ({"published": FLAG, "publishedAt": TIME}, "publish", {"published": True, "publishedAt": "$now"}),
        ({"locked": FLAG}, "lock", {"locked": True}),
        ({"protected": FLAG}, "unprotect", {"protected": False}),
        ({"enabled": FLAG}, "disable", {"enabled": False}),
        ({"following": FLAG}, "follow", {"following": True}),
        ({"is_playing": FLAG}, "pause", {"is_playing": False}),
        ({"approved": FLAG}, "decline", {"approved": False}),
        (
            {"status": {**TEXT, "description": "`paid`, `pending` or `canceled`."}},
            "cancel",
            {"status": "canceled"},
        ),
        ({"created_at": TIME}, "create", None),
        ({"name": TEXT}, "cancel", None),
        ({"status": ORDER, "cancelled_at": TIME}, "cancel", {"status": "cancelled", "cancelled_at": "$now"}),
    ],
)
def test_verb_sets_flags_and_times(record: dict[str, Any], verb: str, change: dict[str, Any] | None) -> None:
    assert moved(record, verb) == (None if change is None else {"set": change})


def test_deletion_of_a_mark_takes_it_back() -> None:
    """What is thrown out of the trash is not restored by it."""
    view, found = refine_resource(
        {"id": TEXT, "favorited": FLAG, "trashed": FLAG}, actions={"favorite": {}, "trash": {}}
    )
    deletions = tuple(
        (verb, replace(sub, operation=replace(sub.operation, method="DELETE")))
        for verb, sub in found.sub_actions
    )

    _, entries = lifecycles.refine(view, replace(found, sub_actions=deletions))

    assert list(entries.values()) == [{"set": {"favorited": False}}]


def test_verb_that_may_be_refused_is_possible_before_the_end() -> None:
    assert moved({"status": ORDER}, "cancel", {"409": "Conflict"}) == {
        "set": {"status": "cancelled"}, "when": {"status": ["pending", "paid", "shipped"]},
    }  # fmt: skip


def test_verb_that_begins_anew_is_possible_after_the_end() -> None:
    states = enum("open", "in_progress", "closed")

    assert moved({"status": states}, "reopen", {"409": "It is not closed."}) == {
        "set": {"status": "open"}, "when": {"status": ["closed"]},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "is_guarded"),
    [
        ({"422": "The order cannot be cancelled in its status."}, True),
        ({"422": "Validation error"}, False),
        ({"404": "No such order"}, False),
    ],
)
def test_refusal_for_the_state_is_told_from_other_refusals(answers: dict[str, str], is_guarded: bool) -> None:
    found = moved({"status": ORDER}, "cancel", answers)

    assert found is not None
    assert ("when" in found) is is_guarded


def test_verb_is_always_possible_where_the_ends_are_not_evident() -> None:
    assert moved({"status": enum("red", "cancelled")}, "cancel", {"409": "Conflict"}) == {
        "set": {"status": "cancelled"}
    }


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"status": enum("paid", "pending")}, {"property": "status", "initial": "pending"}),
        ({"state": enum("OPEN", "CLOSED")}, {"property": "state", "initial": "OPEN"}),
        ({"status": enum("paid", "pending", default="paid")}, {"property": "status", "initial": "paid"}),
        ({"status": enum("inactive", "active")}, {"property": "status", "initial": "active"}),
        ({"order_status": enum("placed", "delivered")}, {"property": "order_status", "initial": "placed"}),
        ({"payment_status": enum("pending", "paid")}, None),
        ({"status": enum("red", "green")}, None),
        ({"status": TEXT}, None),
    ],
)
def test_first_state_of_a_record_is_read(record: dict[str, Any], expected: dict[str, Any] | None) -> None:
    view, found = refine_resource({"id": TEXT, **record}, create={"name": TEXT})

    assert lifecycles.refine(view, found)[0] == expected


@pytest.mark.parametrize(
    ("verb", "participle"),
    [
        ("finish", "finished"), ("archive", "archived"), ("ship", "shipped"), ("deny", "denied"),
        ("deploy", "deployed"),
        ("pay", "paid"), ("freeze", "frozen"), ("cancel", "cancelled"), ("organize", "organised"),
    ],
)  # fmt: skip
def test_participle_of_a_verb_is_spelled(verb: str, participle: str) -> None:
    assert participle in list(verbs.participles(verb))
