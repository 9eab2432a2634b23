"""Layout: rows and columns of other components."""

from __future__ import annotations

from typing import Any, Literal

from syncline.model import Model, prop

Align = Literal["start", "center", "end", "stretch", "baseline"]
"""How children stand across the direction they are laid out in."""


class Row(Model, type="ui/Row@1"):
    """Show children side by side: `Row(slider, plot)`."""

    children: list[Model] = prop(factory=list, doc="What is shown, from left to right.")
    gap: float | None = prop(
        default=None, doc="Pixels between children; None is the theme's own distance."
    )
    align: Align = prop(default="center", doc="How children stand across the row.")
    wrap: bool = prop(default=True, doc="Whether children that do not fit go to a new line.")

    def __init__(self, *children: Model, **properties: Any) -> None:
        super().__init__(**_with_children(children, properties))


class Column(Model, type="ui/Column@1"):
    """Show children below each other: `Column(title, slider, plot)`."""

    children: list[Model] = prop(factory=list, doc="What is shown, from top to bottom.")
    gap: float | None = prop(
        default=None, doc="Pixels between children; None is the theme's own distance."
    )
    align: Align = prop(default="stretch", doc="How children stand across the column.")

    def __init__(self, *children: Model, **properties: Any) -> None:
        super().__init__(**_with_children(children, properties))


def _with_children(children: tuple[Model, ...], properties: dict[str, Any]) -> dict[str, Any]:
    if children and "children" in properties:
        raise TypeError("children are given twice: as arguments and by name")
    return {"children": list(children), **properties} if children else properties
