"""What became of each edit: committed once, replaced by its own author, or told as lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from syncline.core.ops import Add, Msg, Op
from syncline.sync.messages import Result

from .client import PythonClient
from .models import tokens, tokens_of

if TYPE_CHECKING:
    from syncline.core.state import PlainState
    from syncline.sync.entry import Entry

    from .client import Client

OURS = frozenset({"py", "gc"})
INFORMATION = frozenset({"concurrent"})
"""Conflicts that say that an edit was committed all the same."""


class Decision(NamedTuple):
    """What the session answered to one transaction."""

    submitted: Sequence[Op]
    result: Result


class Ledger:
    """Follows every token from the edit that brings it to what became of it."""

    def __init__(self) -> None:
        self.author: dict[int, Client] = {}
        self.sent: set[int] = set()
        self.superseded: set[int] = set()
        self.committed: Counter[int] = Counter()
        self.answered: set[int] = set()
        """Tokens whose fate the session named in a conflict or an ERROR."""
        self.refusals: Counter[str] = Counter()
        """Transactions refused for good, by the client's name."""
        self.replayable: set[int] = set()
        """Tokens in flight when their author lost its id: sent a second time, by policy."""
        self._added: set[str] = set()
        self._edits = 0

    @property
    def edits(self) -> int:
        """How many marked edits clients have made."""
        return len(self.author) + self._edits

    def python(self) -> None:
        """Count an edit of the document's own process."""
        self._edits += 1

    # What clients do

    def edited(self, client: Client, ops: Iterable[Op], before: set[int], after: set[int]) -> None:
        """Note the edits of a client, made while it showed `before`, and what they replace."""
        for op in ops:
            for token in tokens_of(op):
                self.author[token] = client
                if not isinstance(op, Msg):
                    before.add(token)
        self.superseded |= {t for t in before - after if self._unsent(t, client)}

    def _unsent(self, token: int, client: Client) -> bool:
        return self.author.get(token) is client and token not in self.sent

    def submitted(self, ops: Iterable[Op]) -> None:
        """Note what a client sends."""
        for op in ops:
            self.sent |= tokens_of(op)

    # What the session does

    def commit(self, entry: Entry) -> None:
        """Note what a transaction brings into the document."""
        for op in entry.ops:
            if isinstance(op, Add):
                # One that comes back from the graveyard is no edit.
                again = op.m in self._added
                self._added.add(op.m)
                if again:
                    continue
            if entry.by not in OURS:
                self.committed.update(tokens_of(op))

    def decided(self, client: Client, decision: Decision) -> None:
        """Note what the session says of a transaction."""
        submitted, result = decision
        if result.type == "ERROR":
            self.refusals[client.name] += 1
            for op in submitted:
                self.answered |= tokens_of(op)
            return
        for conflict in result.content.conflicts:
            if conflict.kind not in INFORMATION:
                self.answered |= tokens_of(submitted[conflict.op])

    # The balance

    def check(self, clients: Iterable[Client]) -> None:
        """Raise AssertionError unless every edit is accounted for, once."""
        twice = [t for t, n in self.committed.items() if n > 1 and t not in self.replayable]
        assert not twice, f"committed twice: {twice}"
        unknown = [t for t in self.committed if t not in self.author]
        assert not unknown, f"committed, though nobody wrote it: {unknown}"
        open: dict[str, set[int]] = defaultdict(set)
        for token, client in self.author.items():
            if not (self.committed[token] or token in self.superseded or token in self.answered):
                open[client.name].add(token)
        for client in clients:
            self._check_told(client, open[client.name])

    def _check_told(self, client: Client, open: set[int]) -> None:
        told: set[int] = set()
        refusals = 0
        for what, detail in client.told:
            assert what != "fault", f"{client.name} did not understand: {detail}"
            refusals += what == "refused"
            if what == "conflict":
                told |= tokens_of(detail.op)
        if isinstance(client, PythonClient):
            return
        lost = open - told
        assert not lost, f"{client.name} lost {lost} and was not told"
        missing = self.refusals[client.name] - refusals
        assert missing <= 0, f"{client.name} was not told of {missing} refusals"


def shown(state: PlainState) -> set[int]:
    """Return the tokens that a view shows."""
    return {t for _, _, props in state.items() for t in tokens(props)}
