"""What cells display: which roots are there because of it, and which documents are kept.

A cell that runs again shows something new: what its last run alone displayed is no root any more,
so that a page of the document does not show it twice, and a document that no cell shows any more
lives only as long as a page or the author's own code has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from syncline.core.values import refs

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.model import Model

Message = dict[str, Any]
MOST_LOOKED_AT = 1000
"""Models under one displayed root; what is deeper counts as part of the document."""


@dataclass(eq=False)
class Run:
    """What one run of a cell has displayed, by itself or by a task that it began."""

    parent: Message
    """The header and the metadata of the request that ran it."""
    documents: dict[str, Document] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    """The documents that were displayed as such."""
    roots: dict[str, Model] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    """Those of the roots that are roots because of it."""

    @property
    def cell(self) -> str | None:
        """The cell's id, where the front end gives one."""
        return _cell(self.parent)


class Mounts:
    """The last run of each cell that displays something."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        # By the id of the request, in the order of the requests.
        self._runs: dict[str, Run] = {}
        self._found: WeakKeyDictionary[Model, Run] = WeakKeyDictionary()
        shell.events.register("post_run_cell", self._end)

    def show(self, document: Document, model: Model | None = None, *, added: bool = False) -> None:
        """Note a display; `added` says that it made the model a root, which nobody else had."""
        parent = self._parent()
        run = self._runs.setdefault(_request(parent), Run(parent))
        run.documents[document.id] = document
        self._found.clear()
        if model is None:
            run.whole.add(document.id)
            return
        run.roots[model.id] = model
        if added or self._displayed(model.id):
            run.models[model.id] = model

    @property
    def run(self) -> str:
        """The id of the request that runs a front end's cell; empty where nobody names the cell."""
        parent = self._parent()
        return _request(parent) if _cell(parent) is not None else ""

    def lasts(self, run: str) -> bool:
        """Whether a run is its cell's last one, as far as that can be known."""
        return not run or run in self._runs

    def parent_of(self, document: Document, model: Model | None = None) -> Message | None:
        """Return the request of the cell that displayed a model, or else its document, last."""
        runs = [run for run in self._runs.values() if document.id in run.documents]
        runs = [run for run in reversed(runs) if run.parent["header"]]
        if not runs:
            return None
        if model is None or len(runs) == 1:
            return runs[0].parent
        if (run := self._found.get(model)) is None:
            found = (run for run in runs if document.id in run.whole or _shows(run, model))
            run = self._found[model] = next(found, runs[0])
        return run.parent

    def clear(self, cell: str) -> None:
        """Forget what a cell has shown: it is about to run again, or is gone."""
        self._drop({cell}, "")

    def forget(self, document: Document) -> None:
        """Keep a document no more: it was closed."""
        for run in list(self._runs.values()):
            run.documents.pop(document.id, None)

    def _parent(self) -> Message:
        # Not the request as a whole: it holds the cell's source, and a page's buffers.
        parent = getattr(self._shell, "parent_header", None) or {}
        metadata = parent.get("metadata") or {}
        return {"header": parent.get("header") or {}, "metadata": metadata}

    def _displayed(self, m: str) -> bool:
        return any(m in run.models for run in list(self._runs.values()))

    def _end(self, result: Any) -> None:
        parent = self._parent()
        if (cell := _cell(parent)) is not None:
            self._drop({cell, *_deleted(parent)}, _request(parent))

    def _drop(self, cells: set[str | None], running: str) -> None:
        """Forget what cells have shown before the run that ends now."""
        self._found.clear()
        dropped = [r for r, run in self._runs.items() if run.cell in cells and r != running]
        for run in [self._runs.pop(request) for request in dropped]:
            for m, model in run.models.items():
                if not self._displayed(m) and model.document is not None:
                    model.document.remove_root(model)


def _shows(run: Run, model: Model) -> bool:
    """Tell whether a run displayed a model, or one that leads to it."""
    if model.id in run.roots:
        return True
    todo: list[Any] = list(run.roots.values())
    seen = set(todo)
    # It grows on the way.
    for each in todo:
        new = {other for other in refs(each._values) if other not in seen}
        if model in new:
            return True
        seen |= new
        if len(seen) < MOST_LOOKED_AT:
            todo += new
    return False


def _request(parent: Message) -> str:
    return str(parent["header"].get("msg_id", ""))


def _cell(parent: Message) -> str | None:
    cell = parent["metadata"].get("cellId")
    return cell if isinstance(cell, str) else None


def _deleted(parent: Message) -> list[str]:
    """Return the cells that were deleted since the last request, as JupyterLab says it."""
    deleted = parent["metadata"].get("deletedCells")
    return [cell for cell in deleted if isinstance(cell, str)] if isinstance(deleted, list) else []
