"""A store in Redis: for servers on several machines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from syncline.hosting.store.base import Claimed, StoreError
from syncline.hosting.store.memory import new_generation
from syncline.hosting.store.owners import is_gone

if TYPE_CHECKING:
    from collections.abc import Iterable

SECONDS = 5.0
"""How long Redis may take to answer."""
UNSAVED_MS = 600_000
"""How long an entry lasts that is claimed and never saved."""

# KEYS: entry, lease of its owner as known, who asks for what that owner has
# ARGV: owner, generation, that owner, whether it is surely gone, milliseconds, key
_CLAIM = """
local holder = redis.call('HGET', KEYS[1], 'owner') or ''
if holder ~= ARGV[3] then return {'again'} end
if holder ~= '' and holder ~= ARGV[1] and ARGV[4] == '0' and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('SADD', KEYS[3], ARGV[6])
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
  return {'taken'}
end
redis.call('SREM', KEYS[3], ARGV[6])
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'generation', ARGV[2])
if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[5]) end
return {'yours', redis.call('HGET', KEYS[1], 'data')}
"""
# ARGV: owner, generation, milliseconds, data
_SAVE = """
local generation = redis.call('HGET', KEYS[1], 'generation')
if generation and generation ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'generation', ARGV[2], 'data', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
_TOUCH = """
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
"""
_DELETE = """
if redis.call('HGET', KEYS[1], 'generation') == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""
_RELEASE = """
if redis.call('HGET', KEYS[1], 'generation') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'owner', '')
end
"""


class RedisStore:
    """Entries in a Redis, each under a name that begins with `prefix`."""

    def __init__(self, url: str, prefix: str = "syncline") -> None:
        try:
            from redis import Redis
        except ImportError:
            raise StoreError("a Redis store needs: pip install syncline[redis]") from None
        try:
            # Typed in part: what a command returns may be awaitable there.
            self._redis: Any = Redis.from_url(
                url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
            )
        except ValueError as error:
            raise StoreError(f"not the address of a Redis: {error}") from None
        self._prefix = prefix
        self._claim, self._save, self._touch, self._delete, self._release = map(
            self._redis.register_script, (_CLAIM, _SAVE, _TOUCH, _DELETE, _RELEASE)
        )

    def load(self, key: str) -> bytes | None:
        data: bytes | None = self._redis.hget(self._entry(key), "data")
        return data

    def claim(self, key: str, owner: str) -> Claimed | None:
        while True:
            holder, generation = self._holder(key)
            new = new_generation(generation)
            keys = [self._entry(key), self._lease(holder), self._wanted(holder)]
            about: list[Any] = [owner, new, holder, int(is_gone(holder)), UNSAVED_MS, key]
            answer, *data = self._claim(keys, about)
            if answer == b"taken":
                return None
            if answer == b"yours":
                return Claimed(new, data[0])

    def save(self, key: str, owner: str, generation: int, data: bytes, expires: float) -> bool:
        arguments: list[Any] = [owner, generation, _milliseconds(expires), data]
        return bool(self._save([self._entry(key)], arguments))

    def touch(self, owner: str, expiries: Iterable[tuple[str, float]]) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            for key, expires in expiries:
                self._touch([self._entry(key)], [owner, _milliseconds(expires)], client=pipe)
            pipe.execute()

    def delete(self, key: str, generation: int) -> None:
        self._delete([self._entry(key)], [generation])

    def release(self, key: str, generation: int) -> None:
        self._release([self._entry(key)], [generation])

    def beat(self, owner: str, seconds: float) -> list[str]:
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(self._lease(owner), 1, px=int(1000 * seconds))
            pipe.smembers(self._wanted(owner))
            pipe.delete(self._wanted(owner))
            _, wanted, _ = pipe.execute()
        return [key.decode() for key in wanted]

    def leave(self, owner: str) -> None:
        self._redis.delete(self._lease(owner), self._wanted(owner))

    def expire(self) -> None:
        """Redis does this by itself."""

    def close(self) -> None:
        self._redis.close()

    def _holder(self, key: str) -> tuple[str, int]:
        owner, generation = self._redis.hmget(self._entry(key), "owner", "generation")
        return (owner or b"").decode(), int(generation or 0)

    def _entry(self, key: str) -> str:
        return f"{self._prefix}:session:{key}"

    def _lease(self, owner: str) -> str:
        return f"{self._prefix}:owner:{owner}"

    def _wanted(self, owner: str) -> str:
        return f"{self._prefix}:wanted:{owner}"


def _milliseconds(expires: float) -> int:
    """Return what is left until then; Redis removes at once what has nothing left."""
    return max(1, int(1000 * (expires - time.time())))
