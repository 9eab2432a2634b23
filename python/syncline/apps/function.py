"""An application that is a Python function of a document."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from syncline.apps.handler import Handler
from syncline.apps.loading import loading
from syncline.document.work import Work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from syncline.document import Document


class FunctionHandler(Handler):
    """Call `function(doc)` for each session; it may be async."""

    def __init__(self, function: Callable[[Document], object]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", type(function).__name__)

    def modify_document(self, doc: Document) -> None:
        """Call the function with the document, which is also `curdoc()`."""
        with loading(doc, f"function {self.name}"):
            result = self.function(doc)
            if inspect.isawaitable(result):
                _wait(doc, result)


def _wait(doc: Document, awaited: Awaitable[Any]) -> None:
    """Let the loop of the callbacks do what is awaited, and wait for its end on this thread.

    Raises RuntimeError on a thread whose loop would have to do both.
    """
    if _is_in_loop():
        raise RuntimeError("an async app is made beside the loop: await asyncio.to_thread(...)")
    work: Work[Any] = Work()
    rest = work.call(lambda: awaited)
    assert rest is not None
    doc.spawn(rest)
    work.result()


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
