"""Whatever happens in whatever order, everybody ends with the same document (SPEC 5.4).

A failure names its seed; `SYNCLINE_FUZZ_SEED=<seed>` runs that one alone and
`SYNCLINE_FUZZ_RUNS=<n>` more than the usual number.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from syncline.sync import log
from syncline.sync.link import Link
from syncline.sync.messages import Header
from syncline.sync.peer import Peer
from syncline.sync.replica import Replica
from syncline.sync.session import Session, Transaction
from tests.fuzz.world import World

RUNS = int(os.environ.get("SYNCLINE_FUZZ_RUNS", "300"))
ONLY = os.environ.get("SYNCLINE_FUZZ_SEED")
BATCH = 25
MUTANT_RUNS = 60
TAIL = 40
SHORT_LOG = 6


def run(seed: int) -> None:
    """Run one seed; a failure carries the seed and the last steps.

    Every other seed has a log so short that clients come back by snapshot.
    """
    world = World(seed)
    try:
        with pytest.MonkeyPatch.context() as patch:
            if seed % 2:
                patch.setattr(log, "MAX_REVISIONS", SHORT_LOG)
            world.run()
    except Exception as error:
        error.add_note(f"SYNCLINE_FUZZ_SEED={seed}, after {len(world.log)} steps, the last:")
        error.add_note("\n".join(world.log[-TAIL:]))
        raise


@pytest.mark.parametrize("first", [int(ONLY)] if ONLY else range(0, RUNS, BATCH))
def test_all_replicas_end_as_the_document(first: int) -> None:
    for seed in range(first, first + (1 if ONLY else min(BATCH, RUNS - first))):
        run(seed)


def test_a_seed_always_tells_the_same_story() -> None:
    first, second = World(7), World(7)
    for world in (first, second):
        world.run()
    assert len(first.log) == len(second.log)
    assert first.document.rev == second.document.rev


def verbatim_always(patch: pytest.MonkeyPatch) -> None:
    """A client that takes every OK for `verbatim`."""
    real = Replica.ok

    def ok(self: Replica, rev: int, ops: Any, conflicts: Any) -> None:
        real(self, rev, None, conflicts)

    patch.setattr(Replica, "ok", ok)


def forgets_what_it_committed(patch: pytest.MonkeyPatch) -> None:
    """A session that neither knows a transaction again nor tells which it has seen."""
    patch.setattr("syncline.sync.submit._known", lambda client, seq, reply: False)
    patch.setattr(Peer, "_add_result", lambda self, header, pending: None)


def refuses_without_undoing(patch: pytest.MonkeyPatch) -> None:
    """A session that leaves in place what a refused transaction did."""

    def undo(self: Session, open: Transaction, keep: int) -> None:
        del open.ops[keep:], open.undo[keep:]

    patch.setattr(Session, "undo", undo)


def shares_the_log_with_models(patch: pytest.MonkeyPatch) -> None:
    """A document whose log holds the models' own lists."""
    patch.setattr("syncline.document.document.clone", lambda value: value)


def overlooks_gaps(patch: pytest.MonkeyPatch) -> None:
    """A client that applies a patch whatever it follows."""
    real = Link._receive_patch

    def receive(self: Link, envelope: Any, buffers: Any, now: float) -> None:
        header: Header = envelope.header
        if (header.rev or 0) > self.replica.rev:
            header.since = self.replica.rev
        real(self, envelope, buffers, now)

    patch.setattr(Link, "_receive_patch", receive)


def keeps_what_it_should_withdraw(patch: pytest.MonkeyPatch) -> None:
    """A client that applies commits on top of its own pending edits."""
    patch.setattr(Replica, "_revert", lambda self, undo: None)


@pytest.mark.parametrize(
    "mutate",
    [
        verbatim_always,
        forgets_what_it_committed,
        refuses_without_undoing,
        shares_the_log_with_models,
        overlooks_gaps,
        keeps_what_it_should_withdraw,
    ],
)
def test_the_fuzz_catches(
    mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate(monkeypatch)
    for seed in range(MUTANT_RUNS):
        try:
            run(seed)
        except Exception:  # noqa: BLE001  however it shows, it was caught
            return
    raise AssertionError(f"{mutate.__name__} lived through {MUTANT_RUNS} runs")
