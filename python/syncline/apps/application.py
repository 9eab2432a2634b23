"""A recipe for documents: each session gets one, made by the application's handlers in order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.apps.errors import AppNotFound, UnknownApp
from syncline.apps.function import FunctionHandler
from syncline.apps.handler import Handler
from syncline.apps.notebook import NotebookHandler, first_heading
from syncline.apps.script import KernelScriptHandler, ScriptHandler
from syncline.document import Document

if TYPE_CHECKING:
    from syncline.apps.program import Program


class Application:
    """One or more handlers that fill a new document."""

    def __init__(self, *handlers: Handler, title: str | None = None) -> None:
        self.handlers = handlers
        self._title = title

    @property
    def title(self) -> str:
        """What a page is called until the application's own code says otherwise."""
        named = (handler.title for handler in self.handlers)
        return self._title or next((title for title in named if title), "Syncline")

    @property
    def in_surroundings(self) -> bool:
        """Whether its code needs process-wide things, so that it runs alone for a while."""
        return any(handler.in_surroundings for handler in self.handlers)

    def create_document(self) -> Document:
        """Make and fill a document; raise `AppLoadError` when the author's code raises."""
        doc = Document(title=self.title)
        try:
            self.initialize_document(doc)
        except BaseException:
            self.close_document(doc)
            raise
        return doc

    def initialize_document(self, doc: Document) -> None:
        """Fill a new document; raise `AppLoadError` when the author's code raises."""
        for handler in self.handlers:
            handler.modify_document(doc)

    def close_document(self, doc: Document) -> None:
        """Close a document made here and forget whatever was kept for it."""
        for handler in self.handlers:
            handler.release_document(doc)
        doc.close()

    def program(self) -> Program | None:
        """Return what a kernel must run for a session, or None when no kernel is needed."""
        programs = (handler.program() for handler in self.handlers)
        return next((program for program in programs if program is not None), None)

    def title_of(self, program: Program) -> str:
        """Return what a page running this program is called."""
        return self._title or first_heading(program.cells) or self.title


Source = str | Path | Callable[[Document], object] | Handler | Application


def application_for(source: Source, *, in_kernel: bool = False) -> Application:
    """Return the application for a path, a function, a handler or an application.

    With `in_kernel` a script runs in a kernel of each session's own, as a notebook always does.
    """
    if isinstance(source, Application):
        return source
    if isinstance(source, Handler):
        return Application(source)
    if isinstance(source, str | Path):
        return Application(_handler_of(Path(source), in_kernel))
    return Application(FunctionHandler(source), title=getattr(source, "__name__", None))


def _handler_of(path: Path, in_kernel: bool) -> Handler:
    if not path.exists():
        raise AppNotFound(f"no such file: {path}")
    if path.is_file() and path.suffix == ".py":
        return KernelScriptHandler(path) if in_kernel else ScriptHandler(path)
    if path.is_file() and path.suffix == ".ipynb":
        return NotebookHandler(path)
    raise UnknownApp(f"expected a .py or .ipynb file, got {path}")
