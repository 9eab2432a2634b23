"""What is due later, and when a lost connection is opened again (SPEC 5.9)."""

from __future__ import annotations

import math

from syncline.sync.alarms import Alarms
from syncline.sync.errors import Close
from syncline.sync.reconnect import LAST_SECONDS, Reconnect


def test_actions_are_called_once_when_they_are_due() -> None:
    alarms, called = Alarms(), []  # type: ignore[var-annotated]
    assert alarms.next() == math.inf
    first, second = called.append, lambda now: called.append(-now)
    alarms.set(first, 5)
    alarms.set(second, 3)
    assert alarms.next() == 3
    alarms.run(4)
    alarms.run(10)
    alarms.run(11)
    assert called == [-4, 10]


def test_an_action_may_cancel_another_that_is_due() -> None:
    alarms, called = Alarms(), []  # type: ignore[var-annotated]

    def first(now: float) -> None:
        alarms.cancel(called.append)

    alarms.set(first, 1)
    alarms.set(called.append, 1)
    alarms.run(1)
    assert called == []


def test_delays_double_up_to_a_limit_with_jitter_below() -> None:
    reconnect = Reconnect(lambda: 1.0)
    assert [reconnect.delay(1006) for _ in range(3)] == [0.5, 1.0, 2.0]
    for _ in range(10):
        reconnect.delay(None)
    assert reconnect.delay(Close.SLOW_CONSUMER) == LAST_SECONDS
    reconnect.reset()
    assert reconnect.delay(Close.TAKEN_OVER) == 0.5
    assert Reconnect(lambda: 0.0).delay(1006) == 0.25


def test_some_ends_are_final() -> None:
    for code in (4400, 4401, 4404, 4406, 4413):
        assert Reconnect(lambda: 1.0).delay(code) is None
