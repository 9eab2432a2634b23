"""The model that both ends know."""

from __future__ import annotations

from typing import Any

import syncline as sl


class Counter(sl.Model, type="client/Counter@1"):
    events = ("reset", "hover")
    value: float = sl.prop(default=0.0, client=True)
    small: float = sl.prop(default=0.0, client=True, le=10.0, clamp=True)
    items: list[Any] = sl.prop(default=[], client=True)
    locked: str = sl.prop(default="")
    heard: list[Any] = sl.prop(default=[])
    text: str = sl.prop(default="")
