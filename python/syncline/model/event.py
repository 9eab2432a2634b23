"""What observers are called with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.ops import Stream, Write

if TYPE_CHECKING:
    from .model import Model


class Event:
    """A change of a property, or a custom message of a view."""

    __slots__ = ("data", "model", "name", "new", "old", "origin", "rows", "user")

    def __init__(
        self,
        model: Model,
        name: str,
        old: Any = None,
        new: Any = None,
        *,
        data: Any = None,
        rows: range | None = None,
        origin: str = "py",
        user: str | None = None,
    ) -> None:
        self.model = model
        self.name = name
        """The property's name, or the message's."""
        self.old = old
        """The value before; None for an edit inside a list or dict."""
        self.new = new
        self.data = data
        """What a message carries."""
        self.rows = rows
        """The absolute numbers of the rows appended or written to a columnar source, or a range
        that holds them; None for all of them, and for every other property."""
        self.origin = origin
        """`py`, or the id of the client that made the change."""
        self.user = user
        """Who made it, where the carrier knows."""

    def then(self, later: Event) -> Event:
        """Return the one event that stands for this one and a later one of the same name."""
        rows = _joined(self.rows, later.rows)
        return Event(
            self.model,
            self.name,
            self.old,
            later.new,
            data=later.data,
            rows=rows,
            origin=later.origin,
            user=later.user,
        )

    def __repr__(self) -> str:
        prop = self.model._props.get(self.name)
        new = "..." if prop is not None and not prop.saved else repr(self.new)
        return f"Event({self.model.type_name} {self.model.id}, {self.name!r}, {new})"


def _joined(a: range | None, b: range | None) -> range | None:
    """Return the smallest range that holds both; None stands for all rows."""
    if a is None or b is None:
        return None
    return range(min(a.start, b.start), max(a.stop, b.stop))


def changed_rows(op: Any) -> range | None:
    """Return the rows that an operation on a columnar source appends or overwrites."""
    if isinstance(op, Stream):
        return range(op.at, op.at + op.n)
    if isinstance(op, Write) and op.col is not None:
        return range(op.at, op.at + len(op.v)) if isinstance(op.at, int) else range(*op.at[:2])
    return None
