"""A recipe for documents: each session gets one, made by the application's handlers in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline.apps.directory import DirectoryHandler
from syncline.apps.errors import AppNotFound, UnknownApp
from syncline.apps.function import FunctionHandler
from syncline.apps.handler import Handler
from syncline.apps.hooks import Hook, HookName, Hooks
from syncline.apps.notebook import NotebookHandler, first_heading
from syncline.apps.scope import Scope, checked_scope
from syncline.apps.script import KernelScriptHandler, ScriptHandler
from syncline.document import Document

if TYPE_CHECKING:
    from syncline.apps.program import Program

Metadata = Mapping[str, Any] | Callable[[], Mapping[str, Any]]


class Application:
    """One or more handlers, or functions of a document, that fill a new document.

    `metadata` is what `<app>/metadata` answers with, or a function that returns it. The hooks are
    functions that may be async; the methods of the same names add more, and serve as decorators.
    """

    def __init__(
        self,
        *handlers: Handler | Callable[[Document], object],
        title: str | None = None,
        session: Scope = "shared",
        metadata: Metadata | None = None,
        on_server_loaded: Hook | None = None,
        on_server_unloaded: Hook | None = None,
        on_session_created: Hook | None = None,
        on_session_restored: Hook | None = None,
        on_session_destroyed: Hook | None = None,
    ) -> None:
        self.handlers = tuple(
            handler if isinstance(handler, Handler) else FunctionHandler(handler)
            for handler in handlers
        )
        self.session = checked_scope(session)
        self.metadata = metadata
        self._is_loaded = False
        self._title = title
        self._hooks = Hooks(
            {
                "on_server_loaded": on_server_loaded,
                "on_server_unloaded": on_server_unloaded,
                "on_session_created": on_session_created,
                "on_session_restored": on_session_restored,
                "on_session_destroyed": on_session_destroyed,
            }
        )

    @property
    def title(self) -> str:
        """What a page is called until the application's own code says otherwise."""
        named = (handler.title for handler in self.handlers)
        return self._title or next((title for title in named if title), "Syncline")

    # Documents

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

    # Hooks

    def on_server_loaded(self, fn: Hook) -> Hook:
        """Call `fn(server_context)` when a server begins, before the first session."""
        return self._hooks.add("on_server_loaded", fn)

    def on_server_unloaded(self, fn: Hook) -> Hook:
        """Call `fn(server_context)` when a server ends, after the last session."""
        return self._hooks.add("on_server_unloaded", fn)

    def on_session_created(self, fn: Hook) -> Hook:
        """Call `fn(session_context)` for each session, before its document is filled."""
        return self._hooks.add("on_session_created", fn)

    def on_session_restored(self, fn: Hook) -> Hook:
        """Call `fn(session_context, report)` for each session that came back from the store.

        Its document has its values again; the report's `models` and `values` are what found no
        place in it.
        """
        return self._hooks.add("on_session_restored", fn)

    def on_session_destroyed(self, fn: Hook) -> Hook:
        """Call `fn(session_context)` when a session ends, before its document is closed."""
        return self._hooks.add("on_session_destroyed", fn)

    def load(self) -> None:
        """Run what runs once per process; raise `AppLoadError` when the author's code raises."""
        if not self._is_loaded:
            self._is_loaded = True
            for handler in self.handlers:
                handler.load()

    def hooks(self, name: HookName) -> list[Hook]:
        """Return what is to be called, that of the handlers first."""
        sources = (*(handler.hooks for handler in self.handlers), self._hooks)
        return [fn for hooks in sources for fn in hooks.of(name)]

    # The page

    @property
    def static_path(self) -> Path | None:
        """The folder whose files are served below the application's address."""
        return self._first("static_path")

    @property
    def theme_path(self) -> Path | None:
        """A style sheet for its page."""
        return self._first("theme_path")

    @property
    def template_path(self) -> Path | None:
        """The folder of a Jinja template `index.html` for its page."""
        return self._first("template_path")

    def _first(self, name: str) -> Path | None:
        paths: list[Path | None] = [getattr(handler, name) for handler in self.handlers]
        return next((path for path in paths if path is not None), None)


Source = str | Path | Callable[[Document], object] | Handler | Application


def application_for(
    source: Source, *, in_kernel: bool = False, words: Sequence[str] = ()
) -> Application:
    """Return the application for a path, a function, a handler or an application.

    With `in_kernel` a script runs in a kernel of each session's own, as a notebook always does.
    `words` are a script's arguments.
    """
    if isinstance(source, Application):
        return source
    if isinstance(source, Handler):
        return Application(source)
    if isinstance(source, str | Path):
        return Application(_handler_of(Path(source), in_kernel, words))
    return Application(source, title=getattr(source, "__name__", None))


def _handler_of(path: Path, in_kernel: bool, words: Sequence[str]) -> Handler:
    if not path.exists():
        raise AppNotFound(f"no such file: {path}")
    if path.is_dir():
        return DirectoryHandler(path, words, in_kernel=in_kernel)
    if path.suffix == ".py":
        return KernelScriptHandler(path, words=words) if in_kernel else ScriptHandler(path, words)
    if path.suffix == ".ipynb":
        return NotebookHandler(path)
    raise UnknownApp(f"expected a .py or .ipynb file, or a folder with main.py, got {path}")
