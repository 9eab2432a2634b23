"""An application that is a Python function of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.apps.errors import AppLoadError
from syncline.apps.handler import Handler
from syncline.document import set_curdoc

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.document import Document


class FunctionHandler(Handler):
    """Call `function(doc)` for each session."""

    def __init__(self, function: Callable[[Document], object]) -> None:
        self.function = function
        self.name = getattr(function, "__name__", type(function).__name__)

    def modify_document(self, doc: Document) -> None:
        """Call the function with the document, which is also `curdoc()`."""
        with set_curdoc(doc):
            try:
                self.function(doc)
            except Exception as error:
                raise AppLoadError.from_exception(f"function {self.name}", error) from error
