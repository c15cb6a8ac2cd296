"""Signals that wait until a request is answered."""

from __future__ import annotations

import pytest

from mockserver.contract.interrupts import Interrupts


def test_signal_waits_for_the_next_request_and_has_its_effect_once() -> None:
    interrupts = Interrupts()
    interrupts.check()
    interrupts.take()

    with pytest.raises(KeyboardInterrupt):
        interrupts.check()
    interrupts.check()


def test_second_signal_does_not_wait() -> None:
    interrupts = Interrupts()
    interrupts.take()

    with pytest.raises(KeyboardInterrupt):
        interrupts.take()
