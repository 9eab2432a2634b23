"""One contender of a number: its server, its client, and what was measured of it."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.figures import paired_ratio, summary
from harness.process import ServerProcess, cpu_seconds, free_port, pinned
from harness.result import Contender

MOST_ROUNDS = 15
LEAST_ROUNDS = 3


@dataclass
class Track:
    """One contender and what was measured of it, round by round."""

    name: str
    role: str
    command: Sequence[str | Path]
    open: Callable[[int], Awaitable[Any]]
    ready: str
    slow: bool = False
    """Few messages make a round: as shipped, Bokeh's wait for a delayed ACK of 40 ms each."""
    port: int = field(default_factory=free_port)
    pid: int = 0
    rounds: dict[str, list[float]] = field(default_factory=dict)
    samples: dict[str, list[float]] = field(default_factory=dict)

    def keep(self, figure: str, value: float) -> None:
        """Keep the value of a figure in this round."""
        self.rounds.setdefault(figure, []).append(value)

    def keep_all(self, figure: str, samples: Sequence[float]) -> None:
        """Keep the samples of a figure in this round; the round's value is their median."""
        self.keep(figure, statistics.median(samples))
        self.samples.setdefault(figure, []).extend(samples)

    def median(self, figure: str) -> float:
        """Return the median over the rounds."""
        return statistics.median(self.rounds[figure])

    def forget(self) -> None:
        """Drop what was measured so far: it was to warm up."""
        self.rounds.clear()
        self.samples.clear()

    def figures(self, digits: int = 3) -> Contender:
        """Return what the result says of this contender."""
        every = {
            figure: summary(self.samples.get(figure, values), digits)
            for figure, values in self.rounds.items()
        }
        return Contender(self.name, self.role, every)

    @contextlib.contextmanager
    def cpu(self, figure: str, share: float) -> Iterator[None]:
        """Keep the CPU seconds that the server uses inside the block, times `share`."""
        before = cpu_seconds(self.pid)
        yield
        self.keep(figure, (cpu_seconds(self.pid) - before) * share)


Turn = Callable[[Track, Any], Awaitable[None]]


@contextlib.contextmanager
def servers(tracks: Sequence[Track]) -> Iterator[None]:
    """Run the server of each contender, all on one core, while this process has the other.

    Where the scheduler puts client and server is no property of a contender, and costs as much as
    the difference between two of them.
    """
    with contextlib.ExitStack() as stack:
        for track in tracks:
            url = f"http://127.0.0.1:{track.port}{track.ready}"
            command = [*track.command, "--port", str(track.port)]
            track.pid = stack.enter_context(ServerProcess(command, url)).pid
        with pinned([track.pid for track in tracks]):
            yield


async def play(tracks: Sequence[Track], turn: Turn, seconds: float) -> None:
    """Let the contenders take turns for a while (once, without any time); first to warm up."""
    least = LEAST_ROUNDS if seconds else 1
    clients = [await track.open(track.port) for track in tracks]
    done = -1
    end = 0.0
    while done < least or (done < MOST_ROUNDS and time.monotonic() < end):
        for track, client in zip(tracks, clients, strict=True):
            await turn(track, client)
        done += 1
        if done == 0:
            end = time.monotonic() + seconds
            for track in tracks:
                track.forget()
    for client in clients:
        client.close()


def ratio(tracks: Sequence[Track], figure: str, upper: str, lower: str) -> float | None:
    """Return the median over the rounds of one contender's figure by another's, by their names."""
    rounds = {track.name: track.rounds[figure] for track in tracks if figure in track.rounds}
    if upper not in rounds or lower not in rounds:
        return None
    return paired_ratio(rounds[upper], rounds[lower])


def median(tracks: Sequence[Track], figure: str, name: str) -> float | None:
    """Return the median over the rounds of a contender's figure."""
    return next((track.median(figure) for track in tracks if track.name == name), None)
