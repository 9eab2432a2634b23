"""An application that is a Python file.

As in Bokeh, each session runs the file in a fresh module which is not called ``__main__``: what
stands under ``if __name__ == "__main__":`` is for ``python app.py`` and does not run when served.
"""

from __future__ import annotations

import tokenize
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

from syncline.apps.errors import AppLoadError
from syncline.apps.handler import Handler
from syncline.apps.loading import loading
from syncline.apps.modules import close_module, module_name, open_module
from syncline.apps.program import Cell, Program
from syncline.apps.surroundings import surroundings

if TYPE_CHECKING:
    from syncline.document import Document


class ScriptHandler(Handler):
    """Run a file once for each session, in the server's process.

    `words` are what it finds in `sys.argv` behind its own name; `name` is what the app is called,
    else that is the file.
    """

    in_surroundings = True

    def __init__(
        self, path: str | Path, words: Sequence[str] = (), *, name: str | None = None
    ) -> None:
        self.path = Path(path).resolve()
        self.words = tuple(words)
        self.title = name or self.path.stem
        self._module = module_name(self.title)

    def modify_document(self, doc: Document) -> None:
        """Run the file in a fresh module; `curdoc()` is the document."""
        module = open_module(self._module, self.path, doc)
        with loading(doc, self.path.name), surroundings(self.path, self.words):
            exec(self._compiled(), module.__dict__)  # noqa: S102 - the point of a script

    def release_document(self, doc: Document) -> None:
        """Forget the module."""
        close_module(self._module, doc)

    def _compiled(self) -> CodeType:
        # Read anew for each session: an edited file is served without a restart.
        with tokenize.open(self.path) as file:
            return compile(file.read(), str(self.path), "exec", dont_inherit=True)


class KernelScriptHandler(Handler):
    """Run a file once for each session, in a kernel of the session's own."""

    def __init__(
        self,
        path: str | Path,
        kernel_name: str | None = None,
        words: Sequence[str] = (),
        *,
        name: str | None = None,
    ) -> None:
        self.path = Path(path).resolve()
        self.kernel_name = kernel_name
        self.words = tuple(words)
        self.title = name or self.path.stem
        self._module = module_name(self.title)

    def program(self) -> Program:
        """Return the file as one cell, and a second one that shows what it made."""
        try:
            with tokenize.open(self.path) as file:
                source = file.read()
        except (OSError, SyntaxError, ValueError) as error:
            raise AppLoadError.from_exception(self.path.name, error) from error
        run = _IN_KERNEL.format(
            path=str(self.path),
            argv=[str(self.path), *self.words],
            module=self._module,
            source=source,
        )
        cells = (Cell(1, "code", run), Cell(2, "code", _SHOW))
        return Program(self.path, cells, self.kernel_name)


# The same rules as in the server's process: a module not called __main__, no last-line display.
_IN_KERNEL = """\
import sys, types
sys.argv = {argv!r}
sys.modules[{module!r}] = types.ModuleType({module!r})
sys.modules[{module!r}].__file__ = {path!r}
exec(compile({source!r}, {path!r}, "exec", dont_inherit=True), vars(sys.modules[{module!r}]))
"""
_SHOW = "__import__('syncline').curdoc()"
