"""A document whose session is elsewhere (architecture, decision 16)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from syncline.core.rename import gens, renamed
from syncline.model.state import new_models
from syncline.sync.replica import Policy, Replica

from .document import Document
from .shown import Shown

if TYPE_CHECKING:
    from syncline.core.ops import Op
    from syncline.sync.engine import Engine
    from syncline.sync.link import Status
    from syncline.sync.outcome import ConflictEvent, NewEpoch, Resynced

Listener = Callable[[Any], Any]
EVENTS = frozenset({"status", "conflict", "resynced", "epoch"})


class RemoteDocument(Document):
    """A replica as a document: the same models, observers and transactions.

    Edits show at once and are sent as soon as may be; what others commit comes underneath. An edit
    that is refused or adjusted falls back, which observers hear like any other change. Its models
    are objects of the classes this process knows, else `Unknown`.

    `link` carries it, see `syncline.client`. `policy` says what becomes of edits that were not sent
    when the document is rebuilt: `"replay"`, `"discard"`, or what a function answers.
    """

    def __init__(self, *, policy: Policy = "replay") -> None:
        self._policy: Policy = policy
        self._numbers = itertools.count(1)
        self._listeners: dict[str, list[Listener]] = {name: [] for name in EVENTS}
        self.on_change: Callable[[], None] = lambda: None
        """Called on any thread when there may be something to send, or to be seen."""
        self.on_end: Callable[[], None] = lambda: None
        """Called when the document is closed."""
        self.status: Status = "offline"
        """`offline`, `connecting`, `catching-up` or `live`."""
        super().__init__()

    def _new_engine(self) -> Engine:
        self.replica = Replica(self.state, self._reported, view=Shown(self), policy=self._policy)
        return self.replica

    @property
    def client(self) -> str:
        """The id of this client: the `origin` of its own changes, also for others."""
        return self.replica.client

    @property
    def pending(self) -> int:
        """How many edits are not acknowledged yet."""
        return len(self.replica.pending)

    # What it tells

    def on_status(self, fn: Callable[[Status], Any]) -> Callable[[], None]:
        """Call `fn(status)` with every change of `status`; return what ends that."""
        return self._listen("status", fn)

    def on_conflict(self, fn: Callable[[ConflictEvent], Any]) -> Callable[[], None]:
        """Call `fn(event)` for each edit that was not simply committed; return what ends that."""
        return self._listen("conflict", fn)

    def on_resynced(self, fn: Callable[[Resynced], Any]) -> Callable[[], None]:
        """Call `fn(event)` when a snapshot has replaced the document; return what ends that."""
        return self._listen("resynced", fn)

    def on_epoch(self, fn: Callable[[NewEpoch], Any]) -> Callable[[], None]:
        """Call `fn(event)` when the document was rebuilt; return what ends that."""
        return self._listen("epoch", fn)

    def _listen(self, kind: str, fn: Listener) -> Callable[[], None]:
        listeners = self._listeners[kind]
        listeners.append(fn)
        return lambda: listeners.remove(fn) if fn in listeners else None

    def _reported(self, kind: str, detail: Any) -> None:
        if kind == "status":
            self.status = detail
        self.on_change()
        for fn in self._listeners.get(kind, ()):
            self.observers.soon(_told(fn, detail), None)
        self.observers.settled()

    # Changing

    def edit(self, op: Op) -> None:
        value = getattr(op, "v", None)
        renamed(value, self._named(gens(value)))
        super().edit(op)

    def _bring(self, models: Iterable[Any]) -> None:
        for model in new_models(models, self.state.models):
            if model.document is None:
                model.id = self._next_id()
                renamed(model._values, self._named(gens(model.values())))
        super()._bring(models)

    def _named(self, found: Any) -> dict[str, str]:
        """Return new names of generations: whoever sets a source names it (SPEC 2)."""
        return {gen: self._next_id() for gen in found}

    def _next_id(self) -> str:
        return f"{self.client}-{next(self._numbers)}"

    def close(self) -> None:
        """Leave the document, which goes on without this client. What is pending is given up."""
        self.end_for_good()
        self.on_end()

    # Display

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self)}


def _told(fn: Listener, detail: Any) -> Callable[[], Any]:
    return lambda: fn(detail)
