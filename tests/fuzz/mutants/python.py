"""Breakages of the engine in Python, put in place by patching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncline.sync.link import Link
from syncline.sync.messages import Header
from syncline.sync.outcome import Decision
from syncline.sync.pending import Pending
from syncline.sync.replica import Replica
from syncline.sync.session import Session
from syncline.sync.transaction import Transaction

Mutant = Callable[[pytest.MonkeyPatch], None]


def verbatim_always(patch: pytest.MonkeyPatch) -> None:
    """A client that takes every OK for `verbatim`."""
    real = Replica.outcome

    def outcome(self: Replica, decision: Decision) -> None:
        if decision.error is None:
            decision.ops = None
        real(self, decision)

    patch.setattr(Replica, "outcome", outcome)


def forgets_what_it_committed(patch: pytest.MonkeyPatch) -> None:
    """A session that neither knows a transaction again nor tells which it has seen."""
    patch.setattr("syncline.sync.submit.known", lambda client, seq, reply: False)
    patch.setattr("syncline.sync.peer.add_result", lambda header, client, pending: None)
    patch.setattr("syncline.sync.resume.add_result", lambda header, client, pending: None)


def refuses_without_undoing(patch: pytest.MonkeyPatch) -> None:
    """A session that leaves in place what a refused transaction did."""

    def undo(self: Session, open: Transaction, keep: int) -> None:
        del open.ops[keep:], open.undo[keep:]

    patch.setattr(Session, "undo", undo)


def shares_the_log_with_models(patch: pytest.MonkeyPatch) -> None:
    """A document whose log holds the models' own lists."""
    patch.setattr("syncline.model.state.clone", lambda value: value)


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
    patch.setattr(Pending, "revert", lambda self, edit: None)


MUTANTS: list[Mutant] = [
    verbatim_always,
    forgets_what_it_committed,
    refuses_without_undoing,
    shares_the_log_with_models,
    overlooks_gaps,
    keeps_what_it_should_withdraw,
]
