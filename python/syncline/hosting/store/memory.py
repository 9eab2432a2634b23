"""A store that lasts as long as its process: for tests, and for servers that follow each other."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import msgspec

from syncline.hosting.store.base import Claimed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Record(msgspec.Struct):
    """One entry."""

    owner: str
    """Empty where nobody owns it."""
    generation: int
    wanted: bool = False
    data: bytes | None = None
    expires: float = 0.0


class MemoryStore:
    """Entries in a dict, shared by whoever is given this object."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}
        self._owners: dict[str, float] = {}

    def load(self, key: str) -> bytes | None:
        with self._lock:
            record = self._records.get(key)
            return record.data if record is not None and self._is_good(record) else None

    def claim(self, key: str, owner: str) -> Claimed | None:
        with self._lock:
            record = self._records.get(key)
            if record is not None and record.owner != owner and self._lives(record.owner):
                record.wanted = True
                return None
            data = record.data if record is not None and self._is_good(record) else None
            generation = new_generation(record.generation if record is not None else 0)
            expires = record.expires if record is not None else 0.0
            self._records[key] = Record(owner, generation, data=data, expires=expires)
            return Claimed(generation, data)

    def save(self, key: str, owner: str, generation: int, data: bytes, expires: float) -> bool:
        with self._lock:
            record = self._records.setdefault(key, Record(owner, generation))
            if record.generation != generation:
                return False
            record.owner, record.data, record.expires = owner, data, expires
            return True

    def touch(self, owner: str, expiries: Iterable[tuple[str, float]]) -> None:
        with self._lock:
            for key, expires in expiries:
                record = self._records.get(key)
                if record is not None and record.owner == owner:
                    record.expires = expires

    def delete(self, key: str, generation: int) -> None:
        with self._lock:
            record = self._records.get(key)
            if record is not None and record.generation == generation:
                del self._records[key]

    def release(self, key: str, generation: int) -> None:
        with self._lock:
            record = self._records.get(key)
            if record is not None and record.generation == generation:
                record.owner, record.wanted = "", False

    def beat(self, owner: str, seconds: float) -> list[str]:
        with self._lock:
            self._owners[owner] = self._clock() + seconds
            records = self._records.items()
            return [key for key, one in records if one.wanted and one.owner == owner]

    def leave(self, owner: str) -> None:
        with self._lock:
            self._owners.pop(owner, None)

    def expire(self) -> None:
        with self._lock:
            now = self._clock()
            self._owners = {owner: until for owner, until in self._owners.items() if until > now}
            self._records = {key: one for key, one in self._records.items() if self._is_good(one)}

    def close(self) -> None:
        """Keep everything: another server may come."""

    def _is_good(self, record: Record) -> bool:
        return record.expires > self._clock() or self._lives(record.owner)

    def _lives(self, owner: str) -> bool:
        return self._owners.get(owner, 0.0) > self._clock()


def new_generation(last: int) -> int:
    """Return a generation that is above the last, and above that of an entry that was removed."""
    return max(time.time_ns(), last + 1)
