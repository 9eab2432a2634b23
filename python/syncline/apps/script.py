"""An application that is a Python file.

As in Bokeh, each session runs the file in a fresh module which is not called ``__main__``: what
stands under ``if __name__ == "__main__":`` is for ``python app.py`` and does not run when served.
The module is kept in `sys.modules` for as long as its document lives, so that pickling and
`typing.get_type_hints` find it.
"""

from __future__ import annotations

import itertools
import sys
import tokenize
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING

from syncline.apps.errors import AppLoadError
from syncline.apps.handler import Handler
from syncline.apps.program import Cell, Program
from syncline.apps.surroundings import surroundings
from syncline.document import set_curdoc

if TYPE_CHECKING:
    from syncline.document import Document

_numbers = itertools.count(1)


class ScriptHandler(Handler):
    """Run a file once for each session, in the server's process."""

    in_surroundings = True

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()
        self.title = self.path.stem
        self._modules: dict[str, str] = {}
        """Document id -> name of its module."""

    def modify_document(self, doc: Document) -> None:
        """Run the file in a fresh module; `curdoc()` is the document."""
        module = self._new_module(doc)
        with set_curdoc(doc), surroundings(self.path):
            try:
                exec(self._compiled(), module.__dict__)  # noqa: S102 - the point of a script
            except SystemExit as stop:
                # sys.exit() in a script ends the script, never the server.
                if stop.code not in (None, 0):
                    raise AppLoadError.from_exception(self.path.name, stop) from stop
            except Exception as error:
                raise AppLoadError.from_exception(self.path.name, error) from error

    def release_document(self, doc: Document) -> None:
        """Forget the module: its globals refer to the document, so neither would be freed."""
        sys.modules.pop(self._modules.pop(doc.id, ""), None)

    def _compiled(self) -> CodeType:
        # Read anew for each session: an edited file is served without a restart.
        with tokenize.open(self.path) as file:
            return compile(file.read(), str(self.path), "exec", dont_inherit=True)

    def _new_module(self, doc: Document) -> ModuleType:
        module = ModuleType(f"syncline_app_{next(_numbers)}_{self.path.stem}")
        module.__file__ = str(self.path)
        sys.modules[module.__name__] = module
        self._modules[doc.id] = module.__name__
        return module


class KernelScriptHandler(Handler):
    """Run a file once for each session, in a kernel of the session's own."""

    def __init__(self, path: str | Path, kernel_name: str | None = None) -> None:
        self.path = Path(path).resolve()
        self.title = self.path.stem
        self.kernel_name = kernel_name

    def program(self) -> Program:
        """Return the file as one cell, and a second one that shows what it made."""
        try:
            with tokenize.open(self.path) as file:
                source = _IN_KERNEL.format(path=str(self.path), source=file.read())
        except (OSError, SyntaxError, ValueError) as error:
            raise AppLoadError.from_exception(self.path.name, error) from error
        cells = (Cell(1, "code", source), Cell(2, "code", _SHOW))
        return Program(self.path, cells, self.kernel_name)


# The same rules as in the server's process: a module not called __main__, no last-line display.
_IN_KERNEL = """\
import sys, types
sys.argv = [{path!r}]
sys.modules["syncline_app"] = types.ModuleType("syncline_app")
sys.modules["syncline_app"].__file__ = {path!r}
exec(compile({source!r}, {path!r}, "exec", dont_inherit=True), vars(sys.modules["syncline_app"]))
"""
_SHOW = "__import__('syncline').curdoc()"
