"""An application in a thread of this program: asked without a port, by a port, and ended for good."""

from __future__ import annotations

import threading
from collections.abc import Callable

import httpx
import pytest

from mockserver.server.assembly import Application
from mockserver.server.embedding import Asked, Embedded
from mockserver.server.faults import BrokenOff

from .conftest import answers, document

PETS = document({"/pets": {"get": {"operationId": "listPets", "responses": answers({"type": "array"})}}})
MakeApplication = Callable[..., Application]


def threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("mockserver")}


def test_embedded_application_answers_without_a_port_and_by_one(make_application: MakeApplication) -> None:
    embedded = Embedded(make_application(PETS))
    try:
        answer = embedded.submit(Asked("GET", b"/pets?a=1", [(b"host", b"x")])).result()
        assert answer.status == 200
        assert httpx.get(f"{embedded.listen()}/pets").content == answer.body
        assert embedded.run(lambda: embedded.application.world.journal.count) == 2
    finally:
        embedded.close()


def test_closed_application_leaves_no_thread_and_no_port(make_application: MakeApplication) -> None:
    before = threads()
    embedded = Embedded(make_application(PETS))
    origin = embedded.listen()
    with httpx.Client() as client:
        client.get(f"{origin}/pets")
        embedded.close()
        embedded.close()

    assert threads() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{origin}/pets")


def test_fault_of_a_stub_comes_through_by_its_kind(make_application: MakeApplication) -> None:
    embedded = Embedded(make_application(PETS))
    try:
        body = b'{"operation": "listPets", "fault": "reset"}'
        embedded.submit(Asked("POST", b"/__mock__/stubs", body=body)).result()
        with pytest.raises(BrokenOff) as raised:
            embedded.submit(Asked("GET", b"/pets")).result()
    finally:
        embedded.close()

    assert raised.value.kind == "reset"
