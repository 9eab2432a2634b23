"""An application that is a folder: its code, and what belongs to it.

main.py or main.ipynb   what each session runs
hooks.py                `on_server_loaded` and the other lifecycle hooks, once per process
theme.css               a style sheet for the page
templates/index.html    the page itself, in Jinja
static/                 files served at `<app>/static/...`
*.py                    modules of its own: imported once per process, not per session
"""

from __future__ import annotations

import sys
import tokenize
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from syncline.apps.errors import AppLoadError, UnknownApp
from syncline.apps.handler import Handler
from syncline.apps.hooks import Hooks
from syncline.apps.modules import module_name
from syncline.apps.notebook import NotebookHandler
from syncline.apps.script import KernelScriptHandler, ScriptHandler
from syncline.apps.surroundings import surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncline.apps.program import Program
    from syncline.document import Document

MAINS = ("main.py", "main.ipynb")


class DirectoryHandler(Handler):
    """Run a folder's `main.py`, or its `main.ipynb`, for each session.

    With `in_kernel` none of its code runs in the server's process: it has no hooks.
    """

    def __init__(
        self, path: str | Path, words: Sequence[str] = (), *, in_kernel: bool = False
    ) -> None:
        self.path = Path(path).resolve()
        main = next((self.path / name for name in MAINS if (self.path / name).is_file()), None)
        if main is None:
            raise UnknownApp(f"expected {' or '.join(MAINS)} in {path}")
        self.title = name = self.path.name
        self._main: Handler
        if main.suffix == ".ipynb":
            self._main = NotebookHandler(main)
        elif in_kernel:
            self._main = KernelScriptHandler(main, words=words, name=name)
        else:
            self._main = ScriptHandler(main, words, name=name)
        self.in_surroundings = self._main.in_surroundings
        self._hooks_file = None if in_kernel else self._own("hooks.py")
        self.static_path = self._own("static")
        self.theme_path = self._own("theme.css")
        template = self._own("templates/index.html")
        self.template_path = template and template.parent

    def modify_document(self, doc: Document) -> None:
        self._main.modify_document(doc)

    def release_document(self, doc: Document) -> None:
        self._main.release_document(doc)

    def program(self) -> Program | None:
        return self._main.program()

    def load(self) -> None:
        if self._hooks_file is not None:
            module = _run(self._hooks_file, f"{module_name(self.path.name)}_hooks")
            self.hooks = Hooks(vars(module))

    def _own(self, name: str) -> Path | None:
        path = self.path / name
        return path if path.exists() else None


def is_app(path: Path) -> bool:
    """Tell whether a folder is an application, and not one that holds some."""
    return any((path / name).is_file() for name in MAINS)


def _run(path: Path, name: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        with surroundings(path), tokenize.open(path) as file:
            code = compile(file.read(), str(path), "exec", dont_inherit=True)
            exec(code, module.__dict__)  # noqa: S102 - the author's own code
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise AppLoadError.from_exception(path.name, error) from error
    return module
