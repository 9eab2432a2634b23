"""Plots drawn in the browser from arrays."""

from __future__ import annotations

from typing import Any

from syncline.model import Model, prop


class LinePlot(Model, type="ui/LinePlot@1"):
    """Draw one or more lines: `LinePlot(x=t, y=[sin, cos], labels=["sin", "cos"])`.

    Numeric arrays travel as buffers and are drawn without being copied into lists. Positions that
    are dates or times (`datetime64` arrays, lists of `datetime`) give a time axis, in UTC.
    """

    x: Any = prop(
        factory=list,
        doc="Positions: an array or a list of numbers or times; empty counts 0, 1, 2, ...",
    )
    y: Any = prop(
        factory=list, doc="An array or a list; a list of them or an array of rows is many lines."
    )
    labels: list[str] = prop(factory=list, doc="The name of each line.")
    height: float = prop(default=240.0, doc="Height in pixels; the width is what the place offers.")
