"""How many worlds are run, which, and what a failure says (SYNCLINE_FUZZ_RUNS, _SEED)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fuzz.world import World

RUNS = int(os.environ.get("SYNCLINE_FUZZ_RUNS", "24"))
ONLY = os.environ.get("SYNCLINE_FUZZ_SEED")
BATCH = 25
TAIL = 40


def batches(part: float = 1.0) -> list[range]:
    """Return the seeds to run, `part` of the usual number, in batches of one test each."""
    if ONLY:
        return [range(int(ONLY), int(ONLY) + 1)]
    runs = max(1, round(RUNS * part))
    return [range(first, min(first + BATCH, runs)) for first in range(0, runs, BATCH)]


@contextmanager
def told(world: World, seed: int, how: str) -> Iterator[None]:
    """Let a failure say how to have it again, and what went before it."""
    try:
        yield
    except Exception as error:
        error.add_note(f"{world.shape}; again: SYNCLINE_FUZZ_SEED={seed} pytest -k {how}")
        error.add_note(f"After {len(world.log)} steps, the last:")
        error.add_note("\n".join(world.log[-TAIL:]))
        raise
