"""Where each microsecond of "set -> on the wire" goes: times every stage, prints a Markdown table.

    .venv/bin/python bench/hot_path.py           # the table of docs/hot-path.md
    .venv/bin/python bench/hot_path.py --quick   # few rounds

A stage is timed by calling the package's own function many times with what it gets in reality; of
many rounds the quickest counts. The whole is timed the same way, through the public interface.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import socket
import time
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from tornado.iostream import IOStream

import syncline as sl
from syncline.core.apply import apply
from syncline.core.ops import Set
from syncline.sync.entry import Entry
from syncline.sync.feed import Feed
from syncline.sync.log import Log
from syncline.sync.peer import Peer
from syncline.transports.tornado import TornadoCarrier

CALLS = 500
ROUNDS = 100
ROOM = 1 << 22
PULL = '{"header":{"msgid":"c-1","msgtype":"PULL-DOC-REQ"},"content":{"have":null}}'
Row = tuple[str, str, float]


class Readout(sl.Model, type="bench/Readout@1"):
    """A text that Python sets."""

    text: str = sl.prop("")


class Line:
    """A document with one connection, whose websocket's bytes go into a real socket."""

    def __init__(self) -> None:
        self.label = Readout()
        self.document = sl.Document()
        self.document.add_root(self.label)
        self.session = self.document.session
        here, self._there = socket.socketpair()
        for end in (here, self._there):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        connection = SimpleNamespace(stream=IOStream(here), is_closing=lambda: False)
        handler: Any = SimpleNamespace(ws_connection=connection, set_nodelay=lambda value: None)
        self.carrier = TornadoCarrier(handler, Peer(self.session))
        self.carrier.open()
        self.carrier.receive(PULL)

    def drain(self) -> None:
        """Read what has arrived at the other end."""
        try:
            while self._there.recv(ROOM):
                pass
        except BlockingIOError:
            return


class Stopwatch:
    """Times calls: microseconds of one, in the quickest of many rounds."""

    def __init__(self, rounds: int, between: Callable[[], None]) -> None:
        self._rounds = rounds
        self._between = between
        self._idle = 0.0
        self._idle = self.each(list, lambda thing: None, range(CALLS))

    def each(
        self,
        make: Callable[[Sequence[Any]], Sequence[Any]],
        call: Callable[[Any], object],
        of: Sequence[Any],
    ) -> float:
        """Return what a call with one of the things costs that are made anew for each round."""
        best = float("inf")
        for _ in range(self._rounds):
            things = make(of)
            self._between()
            start = time.perf_counter()
            for thing in things:
                call(thing)
            best = min(best, time.perf_counter() - start)
        return best / len(of) * 1e6 - self._idle


def texts(numbers: Sequence[int], fresh: itertools.count[int] = itertools.count()) -> list[str]:  # noqa: B008
    """Return texts that no property has had yet."""
    return [f"answer {next(fresh)}" for _ in numbers]


def stages(line: Line, watch: Stopwatch) -> list[Row]:
    """Time the stages of a set, then those of the way to the socket."""
    session, label, carrier = line.session, line.label, line.carrier
    prop = Readout.text
    numbers = range(CALLS)

    def operations(of: Sequence[int]) -> list[Set]:
        return [Set(label.id, ["text"], text) for text in texts(of)]

    def entries(of: Sequence[int]) -> list[Entry]:
        made = operations(of)
        return [Entry(rev, "py", None, [op], 0.0) for rev, op in enumerate(made, 1)]

    def logged(of: Sequence[int]) -> list[tuple[Feed, int]]:
        log = Log()
        for entry in entries(of):
            log.append(entry)
        return [(Feed(log, session.limits, session.epoch), rev) for rev in range(len(of))]

    def framed(of: Sequence[int]) -> list[Any]:
        return [feed.next(rev, rev + 1)[1][0] for feed, rev in logged(of)]

    def wake(_: object) -> None:
        carrier._fan_out._asked = False
        session.wake()

    def write(frame: Any) -> None:
        carrier.write(*carrier._fan_out.message(frame))

    op = operations(range(1))[0]
    undo = apply(session.state, op)
    log = Log()
    for entry in entries(range(5000)):
        # full, so that each one more cuts one
        log.append(entry)
    times = {
        "check": watch.each(texts, prop.validate, numbers),
        "operation": watch.each(texts, lambda text: Set(label.id, ["text"], text), numbers),
        "apply": watch.each(operations, lambda op: apply(session.state, op), numbers),
        "graph": watch.each(operations, lambda op: session.graph.done(op, undo), numbers),
        "entry": watch.each(operations, lambda op: Entry(1, "py", None, [op], 0.0), numbers),
        "log": watch.each(entries, log.append, numbers),
        "observers": watch.each(
            operations, lambda op: line.document.observers.changed([op], [undo], "py"), numbers
        ),
        "wake": watch.each(list, wake, numbers),
        "settled": watch.each(list, lambda _: session.on_settled(), numbers),
        "encode": watch.each(entries, lambda entry: entry.encoded(), numbers),
        "frame": watch.each(logged, lambda one: one[0].next(one[1], one[1] + 1), numbers),
        "write": watch.each(framed, write, numbers),
    }
    times["frame"] -= times["encode"]
    return [(name, DOES[name], took) for name, took in times.items()]


DOES = {
    "check": "`Prop.validate`: is it a value of the property's kind",
    "operation": "`Set`: what is to be done, as a struct",
    "apply": "`core.apply`: the model's value changes; what undoes it is noted",
    "graph": "`Graph.done`: references counted",
    "entry": "`Entry`: the transaction, its weight, what it holds",
    "log": "`Log.append`: the next revision; the oldest beyond the bounds are cut",
    "observers": "`Observers.changed`: who is to hear of it (here nobody)",
    "wake": "`Session.wake`: the loop is asked for a turn of all connections",
    "settled": "`Observers.settled`: does anybody wait",
    "encode": "`Entry.encoded`: JSON, once for all connections",
    "frame": "`Feed.next`, `pack`: the message around it, once for all connections",
    "write": "websocket head, once for all connections, and the system call `send`",
}
SETTING = ("check", "operation", "apply", "graph", "entry", "log", "observers", "wake", "settled")


def wholes(line: Line, watch: Stopwatch) -> tuple[float, float]:
    """Time a set, and a set with all that brings it onto the wire."""
    label, carrier = line.label, line.carrier

    def set_text(text: str) -> None:
        carrier._fan_out._asked = False
        label.text = text

    def set_and_send(text: str) -> None:
        label.text = text
        carrier.send()

    def caught_up(of: Sequence[int]) -> list[str]:
        carrier.send()
        return texts(of)

    alone = watch.each(caught_up, set_text, range(CALLS))
    return alone, watch.each(caught_up, set_and_send, range(CALLS))


def table(rows: list[Row], setting: float, whole: float) -> str:
    """Return the Markdown table: the stages, what is between them, the sums."""
    timed = {name: took for name, _, took in rows}
    between = setting - sum(timed[name] for name in SETTING)
    sending = whole - setting + timed["wake"]
    between_sends = sending - sum(took for name, took in timed.items() if name not in SETTING)
    lines = ["| stage | what | us |", "|---|---|---|"]
    for name, does, took in rows:
        if name == "encode":
            lines.append(f"| between them | calls, the lock, the transaction | {between:.2f} |")
            lines.append(f"| **set** | `label.text = text` | **{setting:.2f}** |")
        lines.append(f"| {name} | {does} | {took:.2f} |")
    lines.append(f"| between them | cursor, lock, what is due | {between_sends:.2f} |")
    lines.append(f"| **send** | `TornadoCarrier.send` | **{sending:.2f}** |")
    lines.append(f"| **whole** | set -> on the wire | **{setting + sending:.2f}** |")
    return "\n".join(lines)


async def measure(rounds: int) -> str:
    """Measure in a loop, where a carrier lives; return the table."""
    line = Line()
    watch = Stopwatch(rounds, line.drain)
    setting, whole = wholes(line, watch)
    rows = stages(line, watch)
    line.carrier.close()
    return table(rows, setting, whole)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds")
    print(asyncio.run(measure(3 if parser.parse_args().quick else ROUNDS)))


if __name__ == "__main__":
    main()
