"""Webhooks and callbacks: the server is the client, so that the law is the other way round."""

from __future__ import annotations

from typing import Any

from .samples import BASE, changes, merged, told


def hook(schema: Any, answer: str = "200") -> dict[str, Any]:
    """Return a path item that sends a body."""
    content = {"application/json": {"schema": schema}}
    return {"post": {"requestBody": {"content": content}, "responses": {answer: {"description": "taken"}}}}


def webhooks(**items: Any) -> dict[str, Any]:
    """Return a document with webhooks."""
    result: dict[str, Any] = merged(BASE, {"webhooks": items})
    return result


def callbacks(item: Any, expression: str = "{$request.query.url}") -> dict[str, Any]:
    """Return a document with a callback."""
    patch = {"paths": {"/things": {"post": {"callbacks": {"done": {expression: item}}}}}}
    result: dict[str, Any] = merged(BASE, patch)
    return result


ONE = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "maxLength": 9}}}
LONGER = merged(ONE, {"properties": {"id": {"maxLength": 20}}})


def test_webhook_that_sends_more_breaks_who_listens() -> None:
    (wider,) = changes(webhooks(made=hook(ONE)), webhooks(made=hook(LONGER)))
    (narrower,) = changes(webhooks(made=hook(LONGER)), webhooks(made=hook(ONE)))

    assert (wider.id, wider.verdict) == ("webhook-request-property-max-length-increased", "breaking")
    assert (narrower.id, narrower.verdict) == ("webhook-request-property-max-length-decreased", "safe")
    assert wider.operations == ("POST webhook made",)
    assert (wider.side, wider.place) == ("webhook request", "body.id")
    assert (
        wider.old.pointer
        == "/webhooks/made/post/requestBody/content/application~1json/schema/properties/id/maxLength"
    )


def test_webhook_that_is_gone_breaks_and_a_new_one_does_not() -> None:
    both = webhooks(made=hook(ONE), sold=hook(ONE))

    assert told(changes(both, webhooks(made=hook(ONE)))) == {("webhook-removed", "breaking")}
    assert told(changes(webhooks(made=hook(ONE)), both)) == {("webhook-added", "safe")}


def test_status_that_a_webhook_does_not_take_any_more_breaks_who_answers_it() -> None:
    found = changes(webhooks(made=hook(ONE, "200")), webhooks(made=hook(ONE, "202")))

    assert told(found) == {
        ("webhook-response-success-status-removed", "breaking"),
        ("webhook-response-success-status-added", "safe"),
    }


def test_callback_is_compared_as_a_webhook() -> None:
    (change,) = changes(callbacks(hook(ONE)), callbacks(hook(LONGER)))

    assert (change.id, change.verdict) == ("webhook-request-property-max-length-increased", "breaking")
    assert change.operations == ("POST callback done of POST /things",)
    assert change.old.pointer.startswith("/paths/~1things/post/callbacks/done/")


def test_same_hooks_are_no_change() -> None:
    assert changes(webhooks(made=hook(ONE)), webhooks(made=hook(ONE))) == []
    assert changes(callbacks(hook(ONE)), callbacks(hook(ONE))) == []
