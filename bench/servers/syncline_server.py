"""Syncline: what the numbers need on the Python side; TCP_NODELAY is its default."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from functools import cache
from typing import Any

import numpy as np
import uvicorn

import syncline as sl
from syncline.apps import Application, FunctionHandler
from syncline.asgi import syncline_asgi
from syncline.server import Server

ENTRIES = 5000
PER_BOX = 99
NAP_SECONDS = 2.0


class Knob(sl.Model, type="bench/Knob@1"):
    """Two numbers the browser may set."""

    value: float = sl.prop(0.0, client=True)
    quiet: float = sl.prop(0.0, client=True)


class Readout(sl.Model, type="bench/Readout@1"):
    """A text only Python sets."""

    text: str = sl.prop("")


class Nap(sl.Model, type="bench/Nap@1"):
    """What makes a callback take two seconds."""

    nap: float = sl.prop(0.0, client=True)


class Orders(sl.Model, type="bench/Orders@1"):
    """What the client asks for, and the last order that is done."""

    order: str = sl.prop("", client=True)
    report: str = sl.prop("")


class Holder(sl.Model, type="bench/Holder@1"):
    """Something big of which a part changes."""

    table: dict[str, str] = sl.prop(factory=dict)
    array: Any = sl.prop(None)


class Source(sl.Model, type="bench/Source@1"):
    """Columns that grow."""

    data: sl.Columns = sl.prop(factory=lambda: sl.Columns(x=[0.0], y=[0.0]))


class Leaf(sl.Model, type="bench/Leaf@1"):
    """One of the many that only stand in the document."""

    level: float = sl.prop(0.0, client=True)
    caption: str = sl.prop("")


class Box(sl.Model, type="bench/Box@1"):
    """Leaves, or boxes of leaves."""

    children: list[sl.Model] = sl.prop(factory=list)


def boxes(count: int) -> list[sl.Model]:
    """Return as many leaves, 99 in a box."""
    starts = range(0, count, PER_BOX)
    return [
        Box(children=[Leaf(caption=str(i)) for i in range(start, min(count, start + PER_BOX))])
        for start in starts
    ]


class Work:
    """One session: its models, and what it does when told."""

    def __init__(self, document: sl.Document, models: int) -> None:
        self.label, self.orders = Readout(), Orders()
        self.holder, self.source = Holder(), Source()
        self.seeds = itertools.count()
        self.box = Box(children=boxes(models))
        knob = Knob()
        knob.observe(lambda event: setattr(self.label, "text", str(int(event.new))), "value")
        knob.observe(lambda event: None, "quiet")
        self.orders.observe(self.obey, "order")
        nap = Nap()
        nap.observe(lambda event: time.sleep(NAP_SECONDS), "nap")
        for root in (knob, self.label, self.orders, self.holder, self.source, self.box, nap):
            document.add_root(root)

    async def obey(self, event: Any) -> None:
        """Carry out an order: a name, a count, perhaps a size; then say so."""
        name, count, size, *_ = map(str, event.new.split())
        work = getattr(self, name)(int(count), int(size))
        if work is not None:
            await work
        self.orders.report = event.new

    def sets(self, count: int, salt: int) -> None:
        """Set a property many times in one callback."""
        for number in range(count):
            self.label.text = f"{salt}-{number}"

    def children(self, count: int, salt: int) -> None:
        """Replace children of the first box."""
        leaves = self.box.children[0].children
        for number in range(salt, salt + count):
            leaves[number % len(leaves)] = Leaf(caption=str(number))

    async def beat(self, count: int, pause_ms: int) -> None:
        """Say what time it is, every so often."""
        for _ in range(count):
            self.label.text = str(time.monotonic_ns())
            await asyncio.sleep(pause_ms / 1e3)

    def fill(self, count: int, salt: int) -> None:
        """Fill the table."""
        self.holder.table = {f"key-{number}": f"{salt}" for number in range(count)}

    def entry(self, number: int, salt: int) -> None:
        """Change one entry of the table."""
        self.holder.table[f"key-{number}"] = f"{salt}"

    def stream(self, count: int, rows: int) -> None:
        """Stream rows of two float64 columns, many times in one callback."""
        column = numbers(rows, 0)
        for _ in range(count):
            self.source.data.stream({"x": column, "y": column}, rollover=rows)

    def replace(self, count: int, rows: int) -> None:
        """Replace an array of float64."""
        for _ in range(count):
            self.holder.array = numbers(rows, next(self.seeds) % 2)


@cache
def numbers(rows: int, seed: int) -> Any:
    """Return an array of float64."""
    return np.random.default_rng(seed).random(rows)


def small(document: sl.Document) -> None:
    """Fill the document of the small app: a slider and a plot of 50 points."""
    slider = sl.Slider(label="number", min=0, max=10, value=1)
    x = np.linspace(0, 10, 50)
    plot = sl.LinePlot(x=x, y=np.sin(x))
    slider.observe(lambda event: setattr(plot, "y", np.sin(event.new * x)), "value")
    document.add_root(sl.Column(children=[slider, plot]))


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--models", type=int, default=0, help="passive models in the document")
    parser.add_argument("--asgi", action="store_true", help="behind Uvicorn instead of Tornado")
    options = parser.parse_args()

    def app(document: sl.Document) -> None:
        # kept alive by the observers
        Work(document, options.models)

    served = {"app": app, "small": small}
    applications = {name: Application(FunctionHandler(fill)) for name, fill in served.items()}
    if options.asgi:
        # Compressed messages would measure zlib.
        uvicorn.run(
            syncline_asgi(applications),
            port=options.port,
            log_level="warning",
            ws_per_message_deflate=False,
        )
    else:
        Server(applications, port=options.port).run_until_shutdown()


if __name__ == "__main__":
    main()
