"""The long run: worlds of both languages until a million edits were made and all is accounted for.

python -m tests.fuzz.soak --edits 1000000 --processes 2 --results tests/fuzz/results.md
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import replace
from pathlib import Path
from queue import Empty
from typing import Any, NamedTuple

from tests.fuzz.world import Shape, World
from tests.fuzz.world.faults import Diverged, Doubled, Lost
from tests.fuzz.world.node import Host, bundle

STEPS = 1500
PARTS = [0.0, 1.0, 0.5]
"""Parts of the clients that live in Node: seed by seed in turn."""
SILENCE = 300.0


class Done(NamedTuple):
    """What one world came to."""

    seed: int
    edits: int
    revisions: int
    fault: str | None
    kind: str


def run(seed: int, host: Host) -> Done:
    """Run one world."""
    shape = replace(Shape.of(seed, node=PARTS[seed % len(PARTS)]), steps=STEPS)
    host.clear(shape.late)
    world = World(seed, shape, host.new_client)
    fault, kind = None, ""
    try:
        world.run()
    except Exception as error:  # noqa: BLE001  whatever it is, it is told
        fault = f"{shape}\n{traceback.format_exc(limit=-4)}"
        kind = type(error).__name__
    return Done(seed, world.ledger.edits, world.revisions, fault, kind)


def work(program: Path, first: int, step: int, results: Any) -> None:
    """Run worlds until somebody ends this process."""
    host = Host(program)
    seed = first
    while True:
        results.put(run(seed, host))
        seed += step


class Tally:
    """What all worlds came to."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.worlds = self.edits = self.revisions = 0
        self.last_seed = 0
        self.kinds: Counter[str] = Counter()

    def add(self, done: Done) -> None:
        """Count one world."""
        self.worlds += 1
        self.edits += done.edits
        self.revisions += done.revisions
        self.last_seed = max(self.last_seed, done.seed)
        if done.fault is not None:
            self.kinds[done.kind] += 1
            print(f"\nseed {done.seed}: {done.fault}", file=sys.stderr)

    def lines(self, command: str, first: int) -> list[str]:
        """Return the result as text."""
        seconds = time.monotonic() - self.began
        named = [Diverged.__name__, Lost.__name__, Doubled.__name__]
        others = sum(count for kind, count in self.kinds.items() if kind not in named)
        return [
            f"| command | `{command}` |",
            f"| seeds | {first} to {self.last_seed} |",
            f"| worlds | {self.worlds:,} |",
            f"| edits | {self.edits:,} |",
            f"| revisions | {self.revisions:,} |",
            *(f"| {name.lower()} | {self.kinds[name]} |" for name in named),
            f"| other faults | {others} |",
            f"| time | {seconds / 60:.1f} min, {self.edits / seconds:,.0f} edits/s |",
            f"| with | Python {platform.python_version()}, {platform.machine()} |",
        ]


def soak(program: Path, edits: int, processes: int, first: int) -> Tally:
    """Run worlds in several processes until there were enough edits."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue(maxsize=4 * processes)
    workers = [
        context.Process(target=work, args=(program, first + n, processes, results), daemon=True)
        for n in range(processes)
    ]
    for worker in workers:
        worker.start()
    tally = Tally()
    try:
        while tally.edits < edits:
            tally.add(results.get(timeout=SILENCE))
            print(f"\r{tally.edits:,} edits in {tally.worlds:,} worlds", end="", flush=True)
    except Empty:
        tally.kinds["Hang"] += 1
    finally:
        for worker in workers:
            worker.kill()
    return tally


def main() -> int:
    """Run as the command line says; 0 where nothing was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--results", type=Path, help="write the result there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = bundle("main.mjs", Path(folder) / "main.mjs")
        tally = soak(program, options.edits, options.processes, options.first)
    command = f"python -m tests.fuzz.soak {' '.join(sys.argv[1:])}".strip()
    text = "\n".join(["| | |", "|---|---|", *tally.lines(command, options.first)])
    print(f"\n{text}")
    if options.results is not None:
        options.results.write_text(f"# The long run\n\n{text}\n", encoding="utf-8")
    return 1 if tally.kinds else 0


if __name__ == "__main__":
    raise SystemExit(main())
