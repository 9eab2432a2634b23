"""What observers are called with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .model import Model


class Event:
    """A change of a property, or a custom message of a view."""

    __slots__ = ("data", "model", "name", "new", "old", "origin", "user")

    def __init__(
        self,
        model: Model,
        name: str,
        old: Any = None,
        new: Any = None,
        *,
        data: Any = None,
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
        self.origin = origin
        """`py`, or the id of the client that made the change."""
        self.user = user
        """Who made it, where the carrier knows."""

    def __repr__(self) -> str:
        return f"Event({self.model.type_name} {self.model.id}, {self.name!r}, {self.new!r})"


Observer = "Callable[[Event], Any]"
