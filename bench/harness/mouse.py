"""A real mouse in a page, at the pace of a hand."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Protocol

from playwright.async_api import Page

# both ends of a drag show the same value
SETTLED = """() => {
  const { moved, answered } = window.benchDrag;
  return moved.length > 0 && answered.at(-1)?.[1] === moved.at(-1)[1];
}"""
TAKE = """() => {
  const { moved, answered } = window.benchDrag;
  return { moved: moved.splice(0), answered: answered.splice(0) };
}"""


class Mouse(Protocol):
    """The mouse of a page."""

    async def move(self, x: float, y: float) -> None:
        """Move to a place."""
        ...

    async def down(self) -> None:
        """Press the button."""
        ...

    async def up(self) -> None:
        """Release it."""
        ...


async def drag(
    mouse: Mouse, start: dict[str, float], pixels: float, seconds: float, rate: float
) -> float:
    """Drag with the real mouse at a steady pace; return the moves made per second."""
    moves = int(seconds * rate)
    await mouse.move(start["x"], start["y"])
    await mouse.down()
    began = time.perf_counter()
    sent = []
    for step in range(1, moves + 1):
        await asyncio.sleep(began + step / rate - time.perf_counter())
        # not awaited: a hand does not wait for the page either
        x = start["x"] + pixels * step / moves
        sent.append(asyncio.create_task(mouse.move(x, start["y"])))
    took = time.perf_counter() - began
    await asyncio.gather(*sent)
    await mouse.up()
    return moves / took


async def probe(page: Page, script: str, argument: dict[str, Any]) -> Any:
    """Wait until a probe finds what it looks for; return what it says."""
    found = await page.wait_for_function(script, arg=argument, timeout=60_000)
    return await found.json_value()
