"""What the observers of a replica are told: of every change of what it shows, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.core.ops import Add, Msg
from syncline.core.values import clone, equal
from syncline.model.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncline.core.apply import Undo
    from syncline.core.ops import Op
    from syncline.model.model import Model
    from syncline.model.unknown import Entry

    from .remote import RemoteDocument


class Before:
    """Observed values before pending edits are taken out of the view and put back in."""

    __slots__ = ("events", "held")

    def __init__(self, events: list[Event], held: list[Model]) -> None:
        self.events = events
        self.held = held
        """New models: out of the view only this keeps them, with their observers."""


class Shown:
    """The view of a document on its replica."""

    def __init__(self, document: RemoteDocument) -> None:
        self._document = document

    def applied(self, by: str, ops: Sequence[Op], undo: Sequence[Undo]) -> None:
        pairs = [(op, back) for op, back in zip(ops, undo, strict=True) if not isinstance(op, Msg)]
        self._document.observers.changed([op for op, _ in pairs], [back for _, back in pairs], by)
        self._collected(ops)

    def changing(self, places: Iterable[tuple[str, str]] | None) -> Before:
        models = self._document.state.models
        events = []
        for model, name in self._all() if places is None else self._found(places):
            if any(True for _ in model.observers(name)):
                value = getattr(model, name, None)
                events.append(Event(model, name, clone(value), value))
        made = (op.m for op in self._document.replica.pending if isinstance(op, Add))
        return Before(events, [models[m] for m in made if m in models])

    def changed(self, by: str, ops: Sequence[Op], before: Before) -> None:
        events: dict[object, Event] = {}
        for event in before.events:
            model, name = event.model, event.name
            now = getattr(model, name, None)
            if model.document is None:
                continue
            if not equal(event.old, now):
                event.origin = by
                events[model.id, name] = event
            elif event.new is not now:
                # Put in once more, it is another list or dict: the one before is not kept up.
                self._document.observers.renew(model, name, now)
        self._document.observers.queue(events)
        self._collected(ops)

    def message(self, by: str, op: Msg) -> None:
        model = self._document.state.models.get(op.m)
        if model is not None and model._handlers:
            event = Event(model, op.name, data=op.data, origin=by)
            self._document.observers.queue({0: event})

    def learn(self, entries: dict[str, Entry]) -> None:
        self._document.state.learn(entries)

    def known(self) -> list[str]:
        return self._document.state.learned

    def _collected(self, ops: Sequence[Op]) -> None:
        for collector in self._document.collectors:
            collector.over(ops)

    def _found(self, places: Iterable[tuple[str, str]]) -> Iterator[tuple[Model, str]]:
        for m, name in places:
            model = self._document.state.models.get(m)
            if model is not None and model._observers:
                yield model, name

    def _all(self) -> Iterator[tuple[Model, str]]:
        for model in self._document.state.models.values():
            if model._observers:
                for name in model.values():
                    yield model, name
