"""What callbacks say comes out at the cell that displayed their document.

A callback that a page caused belongs to no cell that runs; without a word of ours its output would
be shown at the last cell that ran, or nowhere.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import TYPE_CHECKING, Any

from syncline.document.observers import log_error
from syncline.document.watchdog import Blocked

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.kernel.mounts import Mounts
    from syncline.model import Event, Model

log = logging.getLogger("syncline")
_apart: ContextVar[bool] = ContextVar("syncline_apart", default=False)
"""Whether no running code has called what runs."""


class Voice:
    """Gives the code of documents the outputs of cells."""

    def __init__(self, shell: Any, mounts: Mounts) -> None:
        self._mounts = mounts
        # Only for what runs in one context: `set_parent` would take away others' outputs as well.
        self._set_parent = getattr(shell, "set_thread_parent", None)

    def context(self, document: Document) -> Context:
        """Return a context in which all output goes to the cell that shows the document."""
        context = Context()
        context.run(_apart.set, True)
        context.run(self._turn_to, document)
        return context

    def call(
        self, document: Document, fn: Callable[[Event | None], Any], event: Event | None
    ) -> Any:
        """Call an observer, with the output of the cell that shows the model it hears of."""
        if _apart.get():
            self._turn_to(document, event.model if event is not None else None)
        return fn(event)

    def _turn_to(self, document: Document, model: Model | None = None) -> None:
        parent = self._mounts.parent_of(document, model)
        if parent is not None and self._set_parent is not None:
            self._set_parent(parent)

    def reporter(self, document: Document) -> Callable[[BaseException, str], None]:
        """Return what tells the author of errors in a document's callbacks, for `report`."""

        def report(error: BaseException, where: str) -> None:
            if isinstance(error, Blocked):
                # The watchdog's thread has seen it, which is no cell's.
                self.context(document).run(_tell, error, where)
            else:
                _tell(error, where)

        return report


def _tell(error: BaseException, where: str) -> None:
    """Write to the log, and to stderr where the log does not go there.

    Not as the error of a cell: that would end the run of a whole notebook (nbclient, papermill).
    """
    log_error(error, where)
    if _log_is_seen():
        return
    if isinstance(error, Blocked):
        sys.stderr.write(f"{error}\n")
    else:
        lines = traceback.format_exception(error)
        sys.stderr.write(f"callback {where} failed\n{''.join(lines)}")


def _log_is_seen() -> bool:
    """Tell whether the log is written to stderr: by a handler, or because there is none."""
    logger: logging.Logger | None = log
    handlers: list[logging.Handler] = []
    while logger is not None:
        handlers += logger.handlers
        logger = logger.parent if logger.propagate else None
    return not handlers or any(getattr(each, "stream", None) is sys.stderr for each in handlers)
