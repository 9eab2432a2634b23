"""Links between the properties of models and those of other libraries' objects.

A link compares what is with what it carried over last, and carries what differs. So it needs no
knowledge of who changed what, in which thread and how often: an echo differs in nothing.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from typing import Any, Protocol

from syncline.core.values import clone, equal
from syncline.model import Event, Model

Transform = Callable[[Any], Any]
End = tuple[Any, str | Sequence[str]]
Values = dict[str, Any]


class Side(Protocol):
    """Some properties of one object, which the link does not keep alive."""

    names: tuple[str, ...]

    @property
    def owner(self) -> Any:
        """The object, or None when it is gone."""
        ...

    def get(self, name: str) -> Any:
        """Return a value; a list or dict as a copy."""
        ...

    def set(self, values: Values) -> None:
        """Set properties as one change. Raises what the object's own checks raise."""
        ...

    def watch(self, changed: Callable[..., None]) -> Callable[[], None]:
        """Call `changed` after changes of the properties; return what ends that."""
        ...


class ModelSide:
    """Properties of a model."""

    def __init__(self, model: Model, names: tuple[str, ...]) -> None:
        for name in names:
            if name not in model._props:
                raise ValueError(f"{type(model).__name__} has no property {name!r}")
        self.names = names
        self._ref = weakref.ref(model)

    @property
    def owner(self) -> Model | None:
        return self._ref()

    def get(self, name: str) -> Any:
        return clone(getattr(self._ref(), name))

    def set(self, values: Values) -> None:
        model = self._ref()
        document = None if model is None else model.document
        with document.transaction() if document is not None else nullcontext():
            for name, value in values.items():
                current = getattr(model, name)
                if isinstance(current, list) and isinstance(value, list):
                    # What both have stays where it is and does not travel.
                    current[:] = value
                else:
                    setattr(model, name, value)

    def watch(self, changed: Callable[..., None]) -> Callable[[], None]:
        ref = self._ref

        def follow(event: Event) -> None:
            changed()

        def stop() -> None:
            if (model := ref()) is not None:
                model.unobserve(follow, list(self.names))

        model = ref()
        assert model is not None, "the caller has it"
        model.observe(follow, list(self.names))
        return stop


class Link:
    """Properties of two objects that follow each other, or of which one side follows the other."""

    def __init__(self, sides: tuple[Side, Side], ways: tuple[Transform, Transform | None]) -> None:
        here, there = (len(side.names) for side in sides)
        if here != there:
            raise ValueError(f"{here} properties cannot be linked to {there}")
        self._sides = sides
        self._ways = ways
        self._known = [[side.get(name) for name in side.names] for side in sides]
        """The values that both sides had when they were last carried over."""
        self._stale: deque[int] = deque()
        self._busy = False
        self._lock = threading.Lock()
        self._carry(0, range(here))
        watched = sides[: 1 if ways[1] is None else 2]
        self._stops = [
            side.watch(lambda *_, number=number: self._changed(number))
            for number, side in enumerate(watched)
        ]
        for side in sides:
            end = weakref.finalize(side.owner, self.unlink)
            end.atexit = False
            self._stops.append(lambda end=end: end.detach())  # type: ignore[misc]

    def unlink(self) -> None:
        """Let the properties go their own ways; twice is fine."""
        stops, self._stops = self._stops, []
        for stop in stops:
            stop()

    def _changed(self, number: int) -> None:
        """Carry a side's changes over, unless this link is at it already, here or elsewhere.

        Nobody waits for the other: what is set may call code that waits for a thread.
        """
        with self._lock:
            self._stale.append(number)
            if self._busy:
                return
            self._busy = True
        error: BaseException | None = None
        while (number := self._next()) >= 0:
            try:
                self._carry(number, self._differing(number))
            except BaseException as raised:  # noqa: BLE001  raised again, when both sides are equal
                error = error or raised
        if error is not None:
            raise error

    def _next(self) -> int:
        with self._lock:
            if self._stale:
                return self._stale.popleft()
            self._busy = False
            return -1

    def _differing(self, number: int) -> list[int]:
        side, known = self._sides[number], self._known[number]
        if side.owner is None:
            return []
        return [n for n, name in enumerate(side.names) if not same(side.get(name), known[n])]

    def _carry(self, number: int, places: Iterable[int]) -> None:
        """Set the other side's properties at these places; all of them, or none."""
        side, other = self._sides[number], self._sides[1 - number]
        way = self._ways[number]
        assert way is not None, "this side is watched"
        taken = {n: side.get(side.names[n]) for n in places}
        if not taken or other.owner is None:
            return
        wanted: Values = {}
        try:
            wanted = {other.names[n]: way(value) for n, value in taken.items()}
            differing = {name: v for name, v in wanted.items() if not same(other.get(name), v)}
            if differing:
                other.set(differing)
        except BaseException:
            self._restore(number, taken)
            raise
        for n, value in taken.items():
            self._known[number][n] = value
            self._known[1 - number][n] = other.get(other.names[n])
        self._adjust(number, wanted)

    def _restore(self, number: int, places: Iterable[int]) -> None:
        """Give both sides the values they had in common."""
        for index in (number, 1 - number):
            side, known = self._sides[index], self._known[index]
            values = {side.names[n]: known[n] for n in places}
            differing = {name: v for name, v in values.items() if not same(side.get(name), v)}
            if differing:
                # The error to tell is the first one.
                with suppress(Exception):
                    side.set(differing)

    def _adjust(self, number: int, wanted: Values) -> None:
        """Take over what the other side has made of the values it was given."""
        side, other, back = self._sides[number], self._sides[1 - number], self._ways[1 - number]
        if back is None:
            return
        adjusted: Values = {}
        for n, name in enumerate(other.names):
            if name in wanted and not same(wanted[name], self._known[1 - number][n]):
                adjusted[side.names[n]] = back(self._known[1 - number][n])
        if adjusted:
            side.set(adjusted)
            for n, name in enumerate(side.names):
                if name in adjusted:
                    self._known[number][n] = side.get(name)


def same(a: Any, b: Any) -> bool:
    """Tell whether two values are equal; values that cannot be compared are not."""
    try:
        return a is b or equal(a, b)
    except Exception:  # noqa: BLE001  whatever a foreign value raises
        return False


def names_of(end: End) -> tuple[str, ...]:
    """Return the names of one end of a link."""
    return (end[1],) if isinstance(end[1], str) else tuple(end[1])


def identity(value: Any) -> Any:
    """Return the value: the transform of a link that has none."""
    return value
