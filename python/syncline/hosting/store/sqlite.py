"""A store in a file: for the servers of one machine."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from syncline.hosting.store.base import Claimed, StoreError
from syncline.hosting.store.memory import new_generation
from syncline.hosting.store.owners import is_gone

BUSY_SECONDS = 5.0
"""How long another process may be writing."""
VERSION = 1
AGAIN_SECONDS = 0.01
_MAKE = (
    """CREATE TABLE sessions (
    key TEXT PRIMARY KEY, owner TEXT NOT NULL, generation INTEGER NOT NULL,
    wanted INTEGER NOT NULL DEFAULT 0, expires REAL NOT NULL DEFAULT 0, data BLOB)""",
    "CREATE INDEX sessions_by_owner ON sessions (owner, wanted)",
    "CREATE TABLE owners (owner TEXT PRIMARY KEY, until REAL NOT NULL)",
    f"PRAGMA user_version = {VERSION}",
)
_CLAIM = """
INSERT INTO sessions (key, owner, generation) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET
owner = excluded.owner, generation = excluded.generation, wanted = 0
"""
_SAVE = """
INSERT INTO sessions (key, owner, generation, expires, data) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, expires = excluded.expires,
data = excluded.data WHERE generation = excluded.generation
"""
_EXPIRE = """
DELETE FROM sessions WHERE expires <= :now
AND owner NOT IN (SELECT owner FROM owners WHERE until > :now)
"""


class SqliteStore:
    """Entries in an SQLite file, which only its user can read."""

    def __init__(self, path: str | Path, clock: Callable[[], float] = time.time) -> None:
        self.path = Path(path)
        self._clock = clock
        self._open: sqlite3.Connection | None = None

    def load(self, key: str) -> bytes | None:
        _, _, data = self._row(self._connection(), key)
        return data

    def claim(self, key: str, owner: str) -> Claimed | None:
        with self._writing() as db:
            holder, last, data = self._row(db, key)
            if holder not in ("", owner) and self._lives(db, holder):
                db.execute("UPDATE sessions SET wanted = 1 WHERE key = ?", (key,))
                return None
            generation = new_generation(last)
            db.execute(_CLAIM, (key, owner, generation))
            return Claimed(generation, data)

    def save(self, key: str, owner: str, generation: int, data: bytes, expires: float) -> bool:
        with self._writing() as db:
            return db.execute(_SAVE, (key, owner, generation, expires, data)).rowcount == 1

    def touch(self, owner: str, expiries: Iterable[tuple[str, float]]) -> None:
        rows = [(expires, key, owner) for key, expires in expiries]
        with self._writing() as db:
            db.executemany("UPDATE sessions SET expires = ? WHERE key = ? AND owner = ?", rows)

    def delete(self, key: str, generation: int) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM sessions WHERE key = ? AND generation = ?", (key, generation))

    def release(self, key: str, generation: int) -> None:
        with self._writing() as db:
            db.execute(
                "UPDATE sessions SET owner = '', wanted = 0 WHERE key = ? AND generation = ?",
                (key, generation),
            )

    def beat(self, owner: str, seconds: float) -> list[str]:
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO owners VALUES (?, ?)", (owner, self._clock() + seconds)
            )
            found = db.execute("SELECT key FROM sessions WHERE owner = ? AND wanted = 1", (owner,))
            return [key for (key,) in found]

    def leave(self, owner: str) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM owners WHERE owner = ?", (owner,))

    def expire(self) -> None:
        with self._writing() as db:
            now = self._clock()
            db.execute("DELETE FROM owners WHERE until <= ?", (now,))
            db.execute(_EXPIRE, {"now": now})

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _row(self, db: sqlite3.Connection, key: str) -> tuple[str, int, bytes | None]:
        found = db.execute(
            "SELECT owner, generation, expires, data FROM sessions WHERE key = ?", (key,)
        ).fetchone()
        if found is None:
            return "", 0, None
        owner, generation, expires, data = found
        # Who died with it open could not say for how much longer it is good.
        good = expires > self._clock() or self._has_lease(db, owner)
        return owner, generation, data if good else None

    def _lives(self, db: sqlite3.Connection, owner: str) -> bool:
        return self._has_lease(db, owner) and not is_gone(owner)

    def _has_lease(self, db: sqlite3.Connection, owner: str) -> bool:
        found = db.execute("SELECT until FROM owners WHERE owner = ?", (owner,)).fetchone()
        return found is not None and found[0] > self._clock()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        db = self._connection()
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except BaseException:
            # Whatever is wrong with it: the next call begins with the file as it is then.
            self.close()
            raise

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = self._connect()
        return self._open

    def _connect(self) -> sqlite3.Connection:
        # Made here, so that nobody else can ever read it.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        db = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        _write_ahead(db)
        # A crash of the machine may cost the last moments, as the time between two saves does.
        db.execute("PRAGMA synchronous = NORMAL")
        if _version(db) == VERSION:
            return
        # Several processes may begin with a new file at once: one makes it, whole.
        db.execute("BEGIN IMMEDIATE")
        if _version(db) == 0:
            for statement in _MAKE:
                db.execute(statement)
        db.execute("COMMIT")
        if _version(db) != VERSION:
            raise StoreError(f"{self.path} was made by another version of Syncline")


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _write_ahead(db: sqlite3.Connection) -> None:
    """Let others read while one writes; SQLite does not wait for others that say so, too."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(AGAIN_SECONDS)
