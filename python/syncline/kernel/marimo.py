"""Documents in marimo: what a cell displays is a widget of that cell.

marimo has a kernel of its own, which runs a session's cells in the loop of one thread; what it is
told from elsewhere may go nowhere.
"""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from syncline import document as documents
from syncline.kernel.display import placed
from syncline.kernel.hosts import MISSING
from syncline.kernel.runtime import Runtime
from syncline.kernel.saved import saved_form

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.kernel.shim import Shim
    from syncline.model import Model


class Kernel:
    """What a session of marimo has of a Jupyter kernel, and of its shell."""

    one_thread = True

    def __init__(self) -> None:
        self.shell = self.events = self

    def register(self, event: str, callback: Any) -> None:
        """Tell nobody that a cell has ended: each tells what it showed when it runs again."""

    @property
    def parent_header(self) -> dict[str, Any]:
        """The cell that runs, as its request."""
        cell = _cell()
        return {"header": {"msg_id": cell}, "metadata": {"cellId": cell}}


class Shown:
    """A widget that a cell shows; marimo's name for such is a lifecycle item."""

    def __init__(self, serving: Runtime, shim: Shim, cell: str) -> None:
        self._serving, self._shim, self._cell = serving, shim, cell

    def create(self, context: Any) -> None:
        """Do nothing yet."""

    def dispose(self, context: Any, deletion: bool) -> bool:
        """End it: the cell runs again, or is gone."""
        self._serving.mounts.clear(self._cell)
        self._shim.close()
        return True


class Session:
    """What serves the documents of one thread: a notebook that is edited, or a viewer of an app."""

    def __init__(self) -> None:
        self.runtime = Runtime(Kernel())
        # Viewers of an app share the process, and nothing else.
        own = threading.current_thread() is not threading.main_thread()
        self.document = documents.Document() if own else None


_sessions: WeakKeyDictionary[threading.Thread, Session] = WeakKeyDictionary()


def element(shown: Model | Document) -> Any:
    """Return what shows a model or a document in marimo: live in a notebook, else as a picture."""
    import marimo

    if not marimo.running_in_notebook():
        return marimo.Html(saved_form(*placed(shown)[:2])[1])
    here = threading.current_thread()
    session = _sessions.get(here) or _sessions.setdefault(here, Session())
    serving, own = session.runtime, session.document
    with documents.set_curdoc(own) if own is not None else nullcontext():
        document, mount, added = placed(shown)
    serving.publish(document)
    model = None if isinstance(shown, documents.Document) else shown
    serving.mounts.show(document, model, added=added)
    html = saved_form(document, mount)[1]
    shim = serving.shims.new(document, mount, html)
    if shim is None:
        return marimo.Html(html + MISSING)
    _context().cell_lifecycle_registry.add(Shown(serving, shim, _cell()))
    return marimo.ui.anywidget(shim)


def _cell() -> str:
    return str(_context().cell_id or "")


def _context() -> Any:
    from marimo._runtime.context import get_context

    return get_context()
