"""How late the loop comes round: what everybody in it waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_SECONDS = 0.25


async def watch_lag(tell: Callable[[float], object]) -> None:
    """Tell again and again how many seconds late the loop woke this."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + EVERY_SECONDS
        await asyncio.sleep(EVERY_SECONDS)
        tell(max(0.0, loop.time() - due))
