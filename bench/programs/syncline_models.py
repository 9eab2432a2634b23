"""Syncline, in one process: make many models, add them to a document, encode its snapshot."""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import syncline as sl
from syncline.sync.peer import Peer

PER_BOX = 99
PULL = '{"header":{"msgid":"c-1","msgtype":"PULL-DOC-REQ"},"content":{"have":null,"pending":null}}'


class Knob(sl.Model, type="bench/Knob@1"):
    """As much as Bokeh's slider is told below."""

    start: float = sl.prop(0.0)
    end: float = sl.prop(1.0)
    value: float = sl.prop(0.0, client=True)
    title: str = sl.prop("")


class Text(sl.Model, type="bench/Text@1"):
    """As much as Bokeh's div is told below."""

    text: str = sl.prop("")


class Box(sl.Model, type="bench/Box@1"):
    """Some of them, or boxes."""

    children: list[sl.Model] = sl.prop(factory=list)


def leaf(number: int) -> sl.Model:
    """Return a knob or a text."""
    if number % 2:
        return Knob(start=0.0, end=10.0, value=float(number), title=f"s{number}")
    return Text(text=f"text {number}")


def make(count: int) -> sl.Model:
    """Return boxes of 99 in a box: with the boxes, so many models."""
    boxes = range(count // (PER_BOX + 1))
    return Box(children=[Box(children=[leaf(i) for i in range(PER_BOX)]) for _ in boxes])


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the milliseconds of some work, and what it returns."""
    gc.collect()
    start = time.perf_counter()
    result = work()
    return (time.perf_counter() - start) * 1e3, result


def filled(root: sl.Model) -> sl.Document:
    """Return a document with a root."""
    document = sl.Document()
    document.add_root(root)
    return document


def frames(document: sl.Document) -> list[Any]:
    """Return what a new connection is sent: the ACK and the reply to its first question."""
    peer = Peer(document.session)
    ack = peer.open()
    peer.receive(PULL)
    return [*ack, peer.take()]


def measured(count: int) -> dict[str, float]:
    """Make, add and encode once."""
    create_ms, root = timed(lambda: make(count))
    add_ms, document = timed(lambda: filled(root))
    snapshot_ms, _ = timed(document.session.snapshot)
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
        options.frames.write_text(json.dumps(frames(document)), encoding="utf-8")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
