"""Bokeh: what the numbers need on the Python side; as shipped or mended."""

from __future__ import annotations

import argparse
import itertools
import logging
import time
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.layouts import column
from bokeh.models import ColumnDataSource, Div, Slider, TextInput
from bokeh.plotting import figure
from bokeh.server.server import Server
from bokeh.server.views.ws import WSHandler

PER_BOX = 99
NAP_SECONDS = 2.0


def mend() -> None:
    """Set TCP_NODELAY on Bokeh's websockets, which Bokeh itself does not."""
    shipped = WSHandler.open

    def open_mended(self: WSHandler, *args: Any, **kwargs: Any) -> Any:
        self.set_nodelay(True)
        return shipped(self, *args, **kwargs)

    WSHandler.open = open_mended


def boxes(count: int) -> list[Any]:
    """Return as many divs, 99 in a column."""
    starts = range(0, count, PER_BOX)
    return [
        column(*[Div(text=str(i)) for i in range(start, min(count, start + PER_BOX))])
        for start in starts
    ]


class Work:
    """One session: its models, and what it does when told."""

    def __init__(self, document: Document, models: int) -> None:
        self.document = document
        self.label, self.report = Div(name="label"), Div(name="report")
        self.holder = Div(name="holder")
        self.source = ColumnDataSource(data={"x": np.zeros(0), "y": np.zeros(0)}, name="source")
        self.seeds = itertools.count()
        self.box = column(*boxes(models))
        slider = Slider(start=0, end=1e9, value=0, step=1, name="slider")
        quiet = Slider(start=0, end=1e9, value=0, step=1, name="quiet")
        order = TextInput(name="order")
        nap = Slider(start=0, end=1e9, value=0, step=1, name="nap")
        nap.on_change("value", lambda attr, old, new: time.sleep(NAP_SECONDS))
        slider.on_change("value", lambda attr, old, new: setattr(self.label, "text", str(new)))
        quiet.on_change("value", lambda attr, old, new: None)
        order.on_change("value", lambda attr, old, new: self.obey(new))
        self.label.tags = [self.source]
        for root in (slider, quiet, order, self.label, self.report, self.holder, self.box, nap):
            document.add_root(root)

    def obey(self, order: str) -> None:
        """Carry out an order: a name, a count, a size; then say so."""
        name, count, size, *_ = order.split()
        work = getattr(self, name)(int(count), int(size))
        if work is None:
            self.report.text = order
        else:
            self.tick(iter(work), order)

    def tick(self, work: Any, order: str) -> None:
        """Make one step of a work at each tick of the document."""
        pause_ms = next(work, None)
        if pause_ms is None:
            self.report.text = order
        elif pause_ms:
            self.document.add_timeout_callback(partial(self.tick, work, order), pause_ms)
        else:
            self.document.add_next_tick_callback(partial(self.tick, work, order))

    def sets(self, count: int, salt: int) -> None:
        """Set a property many times in one callback."""
        for number in range(count):
            self.label.text = f"{salt}-{number}"

    def children(self, count: int, salt: int) -> None:
        """Replace children of the first box."""
        children = self.box.children[0].children
        for number in range(salt, salt + count):
            children[number % len(children)] = Div(text=str(number))

    def beat(self, count: int, pause_ms: int) -> Any:
        """Say what time it is, every so often."""
        for _ in range(count):
            self.label.text = str(time.monotonic_ns())
            yield pause_ms

    def fill(self, count: int, salt: int) -> None:
        """Fill the table."""
        self.holder.styles = {f"key-{number}": str(salt) for number in range(count)}

    def entry(self, number: int, salt: int) -> None:
        """Change one entry of the table."""
        self.holder.styles[f"key-{number}"] = str(salt)

    def stream(self, count: int, rows: int) -> None:
        """Stream rows of two float64 columns, many times in one callback."""
        column = numbers(rows, 0)
        for _ in range(count):
            self.source.stream({"x": column, "y": column}, rollover=rows)

    def replace(self, count: int, rows: int) -> None:
        """Replace a column of float64."""
        for _ in range(count):
            self.source.data = {"x": numbers(rows, next(self.seeds) % 2)}


@cache
def numbers(rows: int, seed: int) -> Any:
    """Return an array of float64."""
    return np.random.default_rng(seed).random(rows)


def small(document: Document) -> None:
    """Fill the document of the small app: a slider and a plot of 50 points."""
    slider = Slider(start=0, end=10, value=1, step=0.1, title="number")
    x = np.linspace(0, 10, 50)
    source = ColumnDataSource({"x": x, "y": np.sin(x)})
    plot = figure(width=400, height=300)
    plot.line("x", "y", source=source)

    def show(attr: str, old: float, new: float) -> None:
        source.data = {"x": x, "y": np.sin(new * x)}

    slider.on_change("value", show)
    document.add_root(column(slider, plot))


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mended", action="store_true")
    parser.add_argument("--models", type=int, default=0, help="passive models in the document")
    options = parser.parse_args()
    logging.getLogger("bokeh").setLevel(logging.ERROR)
    if options.mended:
        mend()
    fill: dict[str, Callable[[Document], object]] = {
        "/app": lambda document: Work(document, options.models),
        "/small": small,
    }
    served = {path: Application(FunctionHandler(one)) for path, one in fill.items()}
    server = Server(
        served,
        port=options.port,
        address="127.0.0.1",
        websocket_max_message_size=1 << 26,
        unused_session_lifetime_milliseconds=600_000,
    )
    server.start()
    server.io_loop.start()


if __name__ == "__main__":
    main()
