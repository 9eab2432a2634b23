"""Breakages of the engine in Python, put in place by patching."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncline.core.graph import Graph
from syncline.core.squash import squash
from syncline.model.guard import ModelGuard
from syncline.sync.clients import Clients
from syncline.sync.link import Link
from syncline.sync.messages import Header
from syncline.sync.outcome import Decision
from syncline.sync.parts import Joiner
from syncline.sync.pending import Pending
from syncline.sync.replica import Replica
from syncline.sync.reports import Reports
from syncline.sync.session import Session
from syncline.sync.submit import _Submission
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


def tells_no_conflict_beside_a_commit(patch: pytest.MonkeyPatch) -> None:
    """A client that hears nothing more of what a patch or a delta has committed."""
    patch.setattr(Replica, "_tell_echoed", lambda self, decision: None)


def keeps_what_it_should_withdraw(patch: pytest.MonkeyPatch) -> None:
    """A client that applies commits on top of its own pending edits."""
    patch.setattr(Pending, "revert", lambda self, edit: None)


def rebases_nothing(patch: pytest.MonkeyPatch) -> None:
    """A client that sends again what it meant for an older state."""
    patch.setattr(Pending, "rebase", lambda self, ops: [])


def loses_silently(patch: pytest.MonkeyPatch) -> None:
    """A client that does not tell what a rebase dropped."""
    patch.setattr(Reports, "lose", lambda self, lost: None)


def transforms_nothing(patch: pytest.MonkeyPatch) -> None:
    """A session that takes every submission for one on head."""
    patch.setattr(_Submission, "_transformed", lambda self: list(enumerate(self.patch.ops)))


def skips_silently(patch: pytest.MonkeyPatch) -> None:
    """A session that leaves out what does not resolve, and says nothing."""

    def skip(self: _Submission, index: int, kind: str, rev: Any = None, by: Any = None) -> None:
        self.exact = False

    patch.setattr(_Submission, "_skip", skip)


def squashes_too_much(patch: pytest.MonkeyPatch) -> None:
    """A session whose squash forgets the last operation."""
    patch.setattr("syncline.sync.feed.squash", lambda ops: squash(ops)[:-1])


def trusts_every_id(patch: pytest.MonkeyPatch) -> None:
    """A session that lets a client make models in the name of another."""
    patch.setattr(_Submission, "_check_id", lambda self, index, m: None)


def guards_nothing(patch: pytest.MonkeyPatch) -> None:
    """A document whose models let a view write anything."""
    patch.setattr(ModelGuard, "check", lambda self, op, trusted=False: op)


def resumes_without_the_key(patch: pytest.MonkeyPatch) -> None:
    """A session that gives an id to whoever names it."""

    def resume(self: Clients, id: str, resume_key: str | None, now: float) -> Any:
        return self._here.get(id) or self._left.get(id)

    patch.setattr(Clients, "resume", resume)


def counts_no_references(patch: pytest.MonkeyPatch) -> None:
    """A session that drops what a rolled back edit had let go."""
    patch.setattr(Graph, "undone", lambda self, op, undo: None)


def joins_parts_in_any_order(patch: pytest.MonkeyPatch) -> None:
    """A client that takes what is left of a message for the whole."""
    patch.setattr(Joiner, "_check", lambda self, header, limit, now: None)


def sends_half_of_a_whole(patch: pytest.MonkeyPatch) -> None:
    """A client that sends what others have left of an atomic transaction."""
    patch.setattr("syncline.sync.pending._breaks", lambda batch, op, ops: False)


MUTANTS: list[Mutant] = [
    verbatim_always,
    forgets_what_it_committed,
    refuses_without_undoing,
    shares_the_log_with_models,
    overlooks_gaps,
    tells_no_conflict_beside_a_commit,
    keeps_what_it_should_withdraw,
    rebases_nothing,
    loses_silently,
    transforms_nothing,
    skips_silently,
    squashes_too_much,
    trusts_every_id,
    guards_nothing,
    resumes_without_the_key,
    counts_no_references,
    joins_parts_in_any_order,
    sends_half_of_a_whole,
]
