"""How often somebody may do something: a bucket for each, in bounded memory."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_KEYS = 10_000
MOST_KNOWN = 1000
"""Addresses that are not read again: one has many requests."""
IPV6_NETWORK = 64
"""Bits: whoever has one address of IPv6 has all of its network."""


class Rate:
    """Lets each key do `burst` things at once, and `per_minute` of them again each minute.

    Of the keys those seen last are kept: one who fills the memory forgets the others' past, not
    their own.
    """

    def __init__(
        self,
        per_minute: float,
        burst: float | None = None,
        *,
        most: int = MOST_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.per_second = per_minute / 60
        self.burst = max(1.0, per_minute if burst is None else burst)
        self._most = most
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """What each has left, and when that was."""

    def wait(self, key: str | None) -> float:
        """Return how many seconds a key has to wait; 0 is none, and nobody known never waits."""
        lacking = 1.0 - self._now(key)
        return 0.0 if key is None or lacking <= 0 else lacking / self.per_second

    def spend(self, key: str | None) -> None:
        """Count one thing that a key has done."""
        if key is None:
            return
        self._left[key] = max(self._now(key) - 1.0, -self.burst), self._clock()
        self._left.move_to_end(key)
        if len(self._left) > self._most:
            self._left.popitem(last=False)

    def give_back(self, key: str | None) -> None:
        """Count one thing less."""
        if key is not None and key in self._left:
            left, at = self._left[key]
            self._left[key] = left + 1.0, at

    def _now(self, key: str | None) -> float:
        left, at = self._left.get(key or "", (self.burst, 0.0))
        return min(self.burst, left + (self._clock() - at) * self.per_second)


@lru_cache(MOST_KNOWN)
def network_of(address: str | None) -> str | None:
    """Return what stands for a client: an address, or the network of one of IPv6."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found
    if isinstance(found, ipaddress.IPv6Address) and not found.is_loopback:
        return str(ipaddress.ip_network((found, IPV6_NETWORK), strict=False))
    return str(found)


def far_network_of(address: str | None) -> str | None:
    """Return the same, but None for this machine: that is a proxy, before all its visitors."""
    network = network_of(address)
    return None if network is None or is_near(network) else network


@lru_cache(MOST_KNOWN)
def is_near(network: str) -> bool:
    """Say whether a client is this machine."""
    return "/" not in network and ipaddress.ip_address(network).is_loopback


def retry_after(seconds: float) -> dict[str, str]:
    """Return the header that says when to come again."""
    return {"Retry-After": str(math.ceil(seconds))}
