"""The modules that apps' code runs in: one for each document, all under one name.

The name is that of the classes on the wire and of what is pickled, so it must be the same for every
session and after a restart. Under it `sys.modules` has a stand-in that gives what the module of the
current document has.
"""

from __future__ import annotations

import re
import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

from syncline.document.current import current

if TYPE_CHECKING:
    from pathlib import Path

    from syncline.document import Document

_lock = threading.Lock()


class AppModule(ModuleType):
    """Stands in `sys.modules` for the modules of all documents of an app."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__sessions__: dict[str, ModuleType] = {}
        """The modules by their document's id, the newest last."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of_current(), name)

    @property
    def __dict__(self) -> dict[str, Any]:  # type: ignore[override]
        """The globals of the current document, as `vars()` and `typing` ask for them."""
        return vars(self._of_current())

    def _of_current(self) -> ModuleType:
        doc = current.get()
        found = self.__sessions__.get(doc.id) if doc is not None else None
        return found or next(reversed(tuple(self.__sessions__.values())))


def module_name(stem: str) -> str:
    """Return the name of the modules of an app whose file or folder has this name."""
    return "syncline_app_" + re.sub(r"\W", "_", stem)


def open_module(name: str, path: Path, doc: Document) -> ModuleType:
    """Return a new module for a document, found by its name until it is closed."""
    module = ModuleType(name)
    module.__file__ = str(path)
    with _lock:
        stand_in = sys.modules.get(name)
        if not isinstance(stand_in, AppModule):
            stand_in = sys.modules[name] = AppModule(name)
        stand_in.__sessions__[doc.id] = module
    return module


def close_module(name: str, doc: Document) -> None:
    """Forget a document's module: its globals refer to the document, so neither would be freed."""
    with _lock:
        stand_in = sys.modules.get(name)
        if isinstance(stand_in, AppModule):
            stand_in.__sessions__.pop(doc.id, None)
            if not stand_in.__sessions__:
                del sys.modules[name]
