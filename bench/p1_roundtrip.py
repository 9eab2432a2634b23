"""P1: set a property in the client, a Python callback sets another, the client has it."""

from __future__ import annotations

import asyncio

from harness.contenders import bokeh, chosen, echo, mended, syncline
from harness.figures import at_most
from harness.result import Result
from harness.track import play, ratio, servers
from harness.trips import round_trips

TITLE = "websocket round trip: set a property, a Python callback sets another, the client has it"
METHOD = (
    "One lean client (picows) per server, one transaction in flight: the next begins when both the "
    "OK and the patch with the label are in. Rounds of all contenders take turns; a ratio is the "
    "median over rounds of the two medians of the same round. CPU is the server process, "
    "schedstat. Servers on one core, the client on the other."
)
SECONDS = 20.0


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P1."""
    tracks = chosen(
        [bokeh(), mended(), echo(), syncline(), syncline("syncline asgi", "--asgi")], only
    )
    with servers(tracks):
        asyncio.run(play(tracks, round_trips, 0 if quick else SECONDS))

    def times(other: str) -> float | None:
        return ratio(tracks, "round_trip_ms", "syncline", other)

    return Result(
        id="P1",
        title=TITLE,
        method=METHOD,
        contenders=[track.figures() for track in tracks],
        checks=[
            at_most("ours / bare Tornado echo", times("tornado echo"), 2.2, "x"),
            at_most("ours / mended Bokeh", times("bokeh mended"), 0.5, "x"),
        ],
        notes=[
            "Mended: the peer with TCP_NODELAY set on its websockets by our script.",
            "ASGI: the same application behind Uvicorn, on asyncio's loop, nothing compressed.",
            "No contender limits the rate of changes in this run.",
        ],
        packages=("bokeh", "tornado", "uvicorn", "websockets", "picows", "msgspec"),
    )
