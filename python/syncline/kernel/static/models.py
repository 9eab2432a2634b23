"""What the static forms are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec


class StaticModel(msgspec.Struct):
    """A model with its values in their JSON form, array data in `buffers` or inline."""

    type: str
    """The wire type."""
    look: str
    """The built-in type it is shown as, or its own."""
    props: dict[str, Any]
    buffers: list[Any]

    @property
    def name(self) -> str:
        """The type as a reader knows it: `ui/Slider@1` is a Slider."""
        return self.type.rpartition("/")[2].partition("@")[0]


Find = Callable[[str], StaticModel | None]
"""Returns the model of an id; None where there is none."""
