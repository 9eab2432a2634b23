"""A server that tests kill and start again: `kept_server.py STORE PORT`.

It prints its address, and the revision whenever its store has taken something.
"""

from __future__ import annotations

import logging
import os
import re
import resource
import sys
from typing import Any

import syncline as sl
from syncline.hosting.store import open_store
from syncline.server import Server


class Telling:
    """A store that says what it does."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def save(self, key: str, owner: str, generation: int, data: bytes, expires: float) -> bool:
        done: bool = self._store.save(key, owner, generation, data, expires)
        (rev,) = re.findall(rb'"rev":(\d+)', data)[:1]
        print(f"saved {int(rev)}" if done else "refused", flush=True)
        return done


class Note(sl.Model, type="kept/Note@1"):
    text: str = sl.prop(default="", client=True)
    items: list[str] = sl.prop(default=[], client=True)
    count: int = sl.prop(default=0)
    secret: str = sl.prop(default="", client=True, saved=False)
    if "CHANGED" in os.environ:
        more: int = sl.prop(default=0)


def notes(doc: sl.Document) -> None:
    note = Note(key="note")
    note.observe(lambda event: setattr(note, "count", len(note.items)), "items")
    doc.add_root(note)


def main(store: str, port: str) -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(message)s")
    if "MOST_BYTES" in os.environ:
        most = int(os.environ["MOST_BYTES"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    secret = os.environ.get("SYNCLINE_SECRET_KEY", "x" * 40)
    server = Server(
        {"notes": notes}, port=int(port), store=Telling(open_store(store)), secret_key=secret
    )
    print(f"syncline: {server.urls['notes']}", flush=True)
    server.run_until_shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
