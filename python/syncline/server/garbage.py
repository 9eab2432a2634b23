"""Python's garbage collections in a process that serves: what lives on is not looked at again."""

from __future__ import annotations

import asyncio
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncline.hosting.site import Site

PAUSE = 5.0
"""Seconds between two looks at how many sessions have ended."""
PATIENCE = 12
"""After so many looks few ended sessions are enough."""


@contextmanager
def short_collections(site: Site, pause: float = PAUSE) -> Iterator[None]:
    """Spare the sessions of a site the long stops of Python's garbage collector meanwhile.

    A whole collection stops all sessions, for the longer the more of them there are. So what has
    survived one is frozen: the next looks at what came since. Cycles that were frozen alive are
    looked for when as many sessions have ended as live, or a minute after any has.
    """
    gc.collect()
    gc.freeze()
    gc.callbacks.append(_freeze)
    collecting = asyncio.ensure_future(_collect_ended(site, pause))
    try:
        yield
    finally:
        collecting.cancel()
        gc.callbacks.remove(_freeze)
        gc.unfreeze()


def _freeze(phase: str, info: dict[str, Any]) -> None:
    if phase == "stop" and info["generation"] == 2:
        gc.freeze()


async def _collect_ended(site: Site, pause: float) -> None:
    seen = looks = 0
    while True:
        await asyncio.sleep(pause)
        looks += 1
        ended = site.sessions.ended - seen
        if ended > len(site.sessions) or (ended and looks >= PATIENCE):
            seen, looks = site.sessions.ended, 0
            gc.unfreeze()
            gc.collect()
