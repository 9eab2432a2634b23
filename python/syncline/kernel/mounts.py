"""Which roots are there because a cell displays them, and for how long.

A cell that runs again shows something new: what its last run alone displayed is no root any more,
so that a page of the document does not show it twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncline.model import Model


class Mounts:
    """The models each cell's last run displayed, by the cell's id."""

    def __init__(self, kernel: Any) -> None:
        self._cells: dict[str, dict[str, Model]] = {}
        self._shown: dict[str, Model] = {}
        """What the running cell has displayed so far."""
        events = kernel.shell.events
        events.register("pre_run_cell", self._begin)
        events.register("post_run_cell", self._end)

    def show(self, model: Model, *, added: bool) -> None:
        """Note a display; `added` says that it made the model a root, which nobody else had."""
        if added or self._displayed(model.id):
            self._shown[model.id] = model

    def _displayed(self, m: str) -> bool:
        return m in self._shown or any(m in models for models in self._cells.values())

    def _begin(self, *_: Any) -> None:
        self._shown = {}

    def _end(self, result: Any) -> None:
        cell = getattr(getattr(result, "info", None), "cell_id", None)
        shown, self._shown = self._shown, {}
        if cell is None:
            return
        before = self._cells.pop(cell, {})
        if shown:
            self._cells[cell] = shown
        for m, model in before.items():
            if not self._displayed(m) and model.document is not None:
                model.document.remove_root(model)
