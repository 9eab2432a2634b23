"""Visitors of a server who arrive at a fixed rate, each with page, websocket and document."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from wire.bokeh import open_bokeh
from wire.syncline import open_syncline

OPEN = {"bokeh": open_bokeh, "syncline": open_syncline}


async def arrive(kind: str, port: int, per_second: float) -> None:
    """Come in, one after the other, however long each takes; the first is told of."""
    inside: list[Any] = []

    async def enter() -> None:
        inside.append(await OPEN[kind](port))

    await enter()
    print("begun", flush=True)
    loop = asyncio.get_running_loop()
    due = loop.time()
    async with asyncio.TaskGroup() as group:
        while True:
            group.create_task(enter())
            due += 1 / per_second
            await asyncio.sleep(max(0.0, due - loop.time()))


def main() -> None:
    """Go on until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=OPEN)
    parser.add_argument("port", type=int)
    parser.add_argument("per_second", type=float)
    options = parser.parse_args()
    asyncio.run(arrive(options.kind, options.port, options.per_second))


if __name__ == "__main__":
    main()
