"""What has to be so when everything has arrived."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from syncline import Document
from syncline.core.apply import apply
from syncline.core.ops import Op
from syncline.core.state import PlainState
from syncline.core.values import clone, equal, refs

from .client import PythonClient
from .faults import Diverged

if TYPE_CHECKING:
    from syncline.core.state import State
    from syncline.sync.entry import Entry

    from .client import Client


class Fold:
    """The document made from its commits alone: these must be total on it (SPEC 5.4)."""

    def __init__(self) -> None:
        self.state = PlainState()
        self.rev = 0

    def commit(self, entry: Entry) -> None:
        self.rev = entry.rev
        for op in entry.ops:
            self._apply(op)

    def _apply(self, op: Op) -> None:
        apply(self.state, op)


def check_same(name: str, theirs: State, ours: State) -> None:
    """Raise Diverged unless two states hold the same."""
    agree(theirs.title == ours.title, f"{name} has another title")
    agree(theirs.roots == ours.roots, f"{name} has other roots")
    left, right = values(theirs), values(ours)
    agree(left.keys() == right.keys(), f"{name} has other models")
    for m, props in right.items():
        agree(left[m].keys() == props.keys(), f"{name}: {m} has other properties")
        for prop, value in props.items():
            found = left[m][prop]
            agree(equal(found, value), f"{name}: {prop} of {m} is {found}, not {value}")


def agree(same: bool, text: str) -> None:
    """Raise Diverged unless it is so."""
    if not same:
        raise Diverged(text)


def values(state: State) -> dict[str, dict[str, Any]]:
    """Return the property values of every model."""
    return {m: clone(props) for m, _, props in state.items()}


def check_client(client: Client, document: Document) -> None:
    """Compare a client with the document."""
    view = client.view()
    agree(view.pending == 0, f"{client.name} still waits: {view.status}")
    agree(view.epoch == document.epoch, f"{client.name} is in another epoch")
    agree(view.rev == document.rev, f"{client.name} is at {view.rev}, not {document.rev}")
    if isinstance(client, PythonClient):
        assert all(outcome.settled for outcome in client.outcomes), f"{client.name} waits for ever"
    check_same(client.name, view.state, document.state)


def check_counts(document: Document) -> None:
    """Compare the reference counts with the references."""
    state = document.state
    counts = Counter(state.roots)
    counts.update(ref.id for _, _, props in state.items() for ref in refs(props))
    assert dict(document.session.graph.counts) == dict(counts)


def check_reachable(document: Document) -> None:
    """Look for models that no root leads to, in circles too."""
    state = document.state
    found = set(state.roots)
    todo = list(found)
    while todo:
        for ref in refs(state.props(todo.pop())):
            if ref.id not in found:
                found.add(ref.id)
                todo.append(ref.id)
    left = document.models.keys() - found
    assert not left, f"nobody refers to {left}"


def check_log(document: Document) -> None:
    """Compare what the log says of itself with what it holds."""
    session = document.session
    log = session.log
    revs = [entry.rev for entry in log.entries]
    assert revs == list(range(log.base + 1, log.rev + 1))
    assert log.weight == sum(entry.weight for entry in log.entries)
    assert all(rev > log.base for rev, _ in session.graveyard.values())
    assert not any(session.state.has(m) for m in session.graveyard if m in _dropped(session)), (
        "a model is in the document and in the graveyard"
    )


def _dropped(session: Any) -> set[str]:
    return set(session.graveyard) - set(session.state.models)
