"""Bokeh, in one process: make many models, add them to a document, encode it."""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bokeh.core.json_encoder import serialize_json
from bokeh.document import Document
from bokeh.layouts import column
from bokeh.models import Div, Slider

PER_BOX = 99


def leaf(number: int) -> Any:
    """Return a slider or a div."""
    if number % 2:
        return Slider(start=0, end=10, value=number, title=f"s{number}")
    return Div(text=f"text {number}")


def make(count: int) -> Any:
    """Return columns of 99 in a column: with the columns, so many models."""
    boxes = range(count // (PER_BOX + 1))
    return column(*[column(*[leaf(i) for i in range(PER_BOX)]) for _ in boxes])


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the milliseconds of some work, and what it returns."""
    gc.collect()
    start = time.perf_counter()
    result = work()
    return (time.perf_counter() - start) * 1e3, result


def filled(root: Any) -> Document:
    """Return a document with a root."""
    document = Document()
    document.add_root(root)
    return document


def measured(count: int) -> dict[str, float]:
    """Make, add and encode once."""
    create_ms, root = timed(lambda: make(count))
    add_ms, document = timed(lambda: filled(root))
    snapshot_ms, _ = timed(lambda: serialize_json(document.to_json()))
    return {
        "create_ms": create_ms,
        "add_ms": add_ms,
        "create_and_add_ms": create_ms + add_ms,
        "snapshot_ms": snapshot_ms,
    }


def main() -> None:
    """Measure some times; print the medians as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--frames", type=Path, help="where to write what a browser is sent")
    options = parser.parse_args()
    filled(make(200))
    rounds = [measured(options.models) for _ in range(options.rounds)]
    figures = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    if options.frames:
        document = filled(make(options.models))
        options.frames.write_text(serialize_json(document.to_json()), encoding="utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
