"""How often somebody may do something, and what that takes to remember."""

from __future__ import annotations

import pytest

from syncline.hosting.rates import Rate, far_network_of, network_of, retry_after


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_free_and_then_it_goes_on_at_the_rate() -> None:
    clock = Clock()
    rate = Rate(60, 3, clock=clock)
    for _ in range(3):
        assert rate.wait("a") == 0
        rate.spend("a")
    assert rate.wait("a") == pytest.approx(1)
    assert rate.wait("b") == 0
    clock.now += 0.5
    assert rate.wait("a") == pytest.approx(0.5)
    clock.now += 0.5
    assert rate.wait("a") == 0


def test_what_is_given_back_counts_no_more() -> None:
    rate = Rate(60, 1, clock=Clock())
    rate.spend("a")
    rate.give_back("a")
    rate.give_back("unknown")
    rate.give_back(None)
    assert rate.wait("a") == 0


def test_who_goes_on_all_the_same_waits_no_longer_than_a_burst_twice() -> None:
    rate = Rate(60, 3, clock=Clock())
    for _ in range(100):
        rate.spend("a")
    assert rate.wait("a") == pytest.approx(4)


def test_the_memory_is_bounded_and_forgets_those_seen_longest_ago() -> None:
    rate = Rate(60, 1, most=2, clock=Clock())
    for key in ("a", "b", "a", "c"):
        rate.spend(key)
    assert [rate.wait(key) > 0 for key in "abc"] == [True, False, True]


def test_whoever_is_unknown_never_waits() -> None:
    rate = Rate(60, 1, clock=Clock())
    rate.spend(None)
    rate.spend(None)
    assert rate.wait(None) == 0


@pytest.mark.parametrize(
    ("address", "network", "far"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/64"),
        ("127.0.0.1", "127.0.0.1", None),
        ("::1", "::1", None),
        ("", None, None),
        ("unix", None, None),
        (None, None, None),
    ],
)
def test_a_client_is_an_address_or_a_network_of_ipv6(
    address: str | None, network: str | None, far: str | None
) -> None:
    assert network_of(address) == network
    assert far_network_of(address) == far


def test_who_has_to_wait_is_told_whole_seconds() -> None:
    assert retry_after(0.01) == {"Retry-After": "1"}
