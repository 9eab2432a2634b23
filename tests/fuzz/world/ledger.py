"""What became of each edit: committed once, replaced by its own author, or told as lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from syncline.core.ops import Add, Msg, Op, Set, Splice, Write
from syncline.sync.messages import Result

from .faults import Doubled, Lost
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
        """How often each token was committed in this epoch."""
        self.earlier: set[int] = set()
        """Tokens that were committed in an earlier epoch."""
        self.answered: set[int] = set()
        """Tokens whose fate the session named in an ERROR."""
        self.skipped: set[int] = set()
        """Tokens that the session named in the conflicts of an OK: their author is to be told."""
        self.refused: set[int] = set()
        """Tokens of transactions that a client was told were refused."""
        self.refusals: Counter[str] = Counter()
        """Transactions refused for good, by the client's name."""
        self.replayable: set[int] = set()
        """Tokens in flight when their author lost its id: sent a second time, by policy."""
        self.removed: defaultdict[str, set[int]] = defaultdict(set)
        """Tokens that a client has taken away, to its own eyes."""
        self.whispered: dict[int, Client] = {}
        """Tokens of events that may get lost."""
        self.faults: list[str] = []
        """What was wrong at once, to be told at the end."""
        self._wholes: list[set[int]] = []
        """The tokens of each transaction that is committed whole or not at all."""
        self._adjusted: set[int] = set()
        self._rows: list[set[int]] = []
        """The tokens of each write: rows that are rolled out are left out of its commit."""
        self._before: dict[int, set[int]] = {}
        """The tokens of the list's element that a token has replaced."""
        self._under_way: dict[str, set[int]] = {}
        self._id: dict[str, str] = {}
        self._listened: Counter[str] = Counter()
        self._wearers: defaultdict[str, set[str]] = defaultdict(set)
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

    def meant_whole(self, ops: Iterable[Op]) -> None:
        """Note the edits of a transaction that is committed whole or not at all."""
        found = [tokens_of(op) for op in ops if not isinstance(op, Write)]
        self._wholes.append(set().union(*found))

    def edited(
        self, client: Client, ops: Iterable[Op], before: Counter[int], after: Counter[int]
    ) -> None:
        """Note the edits of a client, made while it showed `before`, and what they replace."""
        for op in ops:
            found = tokens_of(op)
            if isinstance(op, Write):
                self._rows.append(found)
            for token in found:
                self.author[token] = client
                if not isinstance(op, Msg):
                    before[token] += 1
        hidden = (before - after).keys()
        self.superseded |= {t for t in hidden if t not in after and self._unsent(t, client)}
        self.removed[client.name] |= hidden

    def _unsent(self, token: int, client: Client) -> bool:
        return self.author.get(token) is client and token not in self.sent

    def listen(self, client: Client) -> None:
        """Note which transaction it is that a client is told of as refused as a whole."""
        news = client.told[self._listened[client.name] :]
        self._listened[client.name] = len(client.told)
        for what, detail in news:
            if what == "refused" and detail.op is None:
                self.refused |= self._under_way.get(client.name, set())
            elif what == "refused":
                self.refused |= tokens_of(detail.op)
        self.answered |= self.refused

    def submitted(self, client: Client, id: str, ops: Iterable[Op]) -> None:
        """Note what a client sends, and under which id."""
        self._wearers[id].add(client.name)
        if id != self._id.get(client.name, id):
            self.nameless(client)
        self._id[client.name] = id
        found = set().union(*map(tokens_of, ops))
        self.sent |= found
        self._under_way[client.name] = found

    def nameless(self, client: Client) -> None:
        """Note that a client has another id: it never hears of what was in flight, and sends it
        again."""
        self.replayable |= self._under_way.get(client.name, set())
        self.refusals[client.name] = sum(what == "refused" for what, _ in client.told)

    def new_epoch(self, clients: Iterable[Client]) -> None:
        """Begin anew: what was committed is gone with the process that held it."""
        self.earlier |= self.committed.keys()
        self.committed.clear()
        self._added.clear()
        for client in clients:
            self.nameless(client)

    # What the session does

    def commit(self, entry: Entry, undo: Sequence[Sequence[Op]]) -> None:
        """Note what a transaction brings into the document, and what it takes away."""
        for op, inverse in zip(entry.ops, undo, strict=True):
            if isinstance(op, Add):
                # One that comes back from the graveyard is no edit.
                again = op.m in self._added
                self._added.add(op.m)
                if again:
                    continue
                if entry.by not in OURS and not op.m.startswith(f"{entry.by}-"):
                    self.faults.append(f"{entry.by} makes {op.m}")
            if entry.by not in OURS:
                self.committed.update(tokens_of(op))
                if isinstance(op, Splice):
                    self._note_removal(entry.by, tokens_of(inverse[0]))
            if isinstance(op, Set) and isinstance(op.p[-1], int):
                for token in tokens_of(op):
                    self._before[token] = tokens_of(inverse[0])

    def _note_removal(self, id: str, gone: set[int]) -> None:
        """A delete never removes an item that its author had not seen (SPEC 5.3)."""
        unseen = {token for token in gone if not self._meant(id, token)}
        if unseen:
            self.faults.append(f"{id} removes {unseen}, which it never meant to")

    def _meant(self, id: str, token: int) -> bool:
        """Tell whether clients of an id have removed an item, or what stood in its place."""
        if any(token in self.removed[name] for name in self._wearers[id]):
            return True
        return any(self._meant(id, earlier) for earlier in self._before.get(token, ()))

    def whisper(self, entry: Entry) -> None:
        """Note an event that is told and not committed."""
        for op in entry.ops:
            if not tokens_of(op) <= self.whispered.keys():
                self.faults.append(f"{entry.by} whispers {op}")

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
                self.skipped |= tokens_of(submitted[conflict.op])
            if conflict.kind == "adjusted":
                self._adjusted |= tokens_of(submitted[conflict.op])

    # The balance

    def check(self, clients: Iterable[Client]) -> None:
        """Raise AssertionError unless every edit is accounted for, once."""
        assert not self.faults, self.faults[0]
        twice = [t for t, n in self.committed.items() if n > 1 and t not in self.replayable]
        if twice:
            raise Doubled(f"committed twice: {twice}")
        wronged = {t for t in self.refused if self.committed[t]} - self.replayable
        assert not wronged, f"told as refused, and committed: {wronged}"
        unknown = [t for t in self.committed if t not in self.author]
        assert not unknown, f"committed, though nobody wrote it: {unknown}"
        for whole in self._wholes:
            self._check_whole(whole - self.superseded - self._adjusted)
        known = self.superseded | self.answered | self.earlier
        open: dict[str, set[int]] = defaultdict(set)
        for token, client in self.author.items():
            if not (self.committed[token] or token in known):
                open[client.name].add(token)
        for client in clients:
            self._check_told(client, open[client.name])

    def _check_whole(self, whole: set[int]) -> None:
        done = {token for token in whole if self.committed[token]}
        again = self.replayable | self.earlier
        assert done in (set(), whole) or whole & again, f"half of a whole: {done} of {whole}"

    def _check_told(self, client: Client, open: set[int]) -> None:
        told: set[int] = set()
        refusals = 0
        heard: Counter[int] = Counter()
        for what, detail in client.told:
            assert what != "fault", f"{client.name} did not understand: {detail}"
            refusals += what == "refused"
            if what in {"conflict", "refused"}:
                told |= tokens_of(detail.op)
            elif what == "message":
                heard.update(tokens_of(detail))
        self._check_heard(client, heard)
        open -= self.skipped & self._untold(client)
        done = told | self.answered | self.earlier | self.committed.keys()
        lost = open - told.union(*(rows for rows in self._rows if rows & done))
        if lost:
            raise Lost(f"{client.name} lost {lost} and was not told")
        missing = self.refusals[client.name] - refusals
        if missing > 0:
            raise Lost(f"{client.name} was not told of {missing} refusals")

    def _untold(self, client: Client) -> set[int]:
        """What was under way when its author lost its id: nobody can tell it the conflicts."""
        if client.view().client == self._id.get(client.name):
            return self.replayable
        return self.replayable | self._under_way.get(client.name, set())

    def _check_heard(self, client: Client, heard: Counter[int]) -> None:
        """An event is delivered once, and not to its author."""
        twice = {t for t, n in heard.items() if n > 1} - self.replayable
        if twice:
            raise Doubled(f"{client.name} heard twice of {twice}")
        authors = self.author | self.whispered
        own = {t for t in heard if authors.get(t) is client} - self.replayable
        assert not own, f"{client.name} heard of its own {own}"


def shown(state: PlainState) -> Counter[int]:
    """Return the tokens that a view shows, and how often."""
    return Counter(tokens([props for _, _, props in state.items()]))
