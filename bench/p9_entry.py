"""P9: bytes on the wire when one entry of a big dict changes."""

from __future__ import annotations

import asyncio
from typing import Any

from harness.contenders import bokeh, chosen, syncline
from harness.figures import at_most
from harness.result import Result
from harness.track import Track, median, play, servers
from harness.trips import fresh

TITLE = "one entry of a dict of 5,000 changes"
METHOD = (
    "Payload bytes of all frames from the server to the client between an order that changes "
    "nothing and one that changes the entry: what the same order costs without the change is "
    "taken off."
)
ENTRIES = 5000


async def received(client: Any, order: str) -> int:
    """Return the bytes that carrying out an order sends."""
    before = client.bytes_in
    await client.order(order)
    return int(client.bytes_in - before)


async def turn(track: Track, client: Any) -> None:
    """Change one entry."""
    await client.order(f"fill {ENTRIES} {next(fresh)}")
    entry = 1000 + next(fresh) % 4000
    idle = await received(client, f"sets 0 {next(fresh) + 10_000}")
    track.keep("bytes", await received(client, f"entry {entry} {next(fresh) + 10_000}") - idle)


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P9."""
    tracks = chosen([bokeh(), syncline()], only)
    with servers(tracks):
        asyncio.run(play(tracks, turn, 0))
    return Result(
        id="P9",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures(0) for track in tracks],
        checks=[at_most("bytes", median(tracks, "bytes", "syncline"), 200)],
        packages=("bokeh", "msgspec"),
    )
