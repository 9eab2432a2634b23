"""The modules that lie beside apps: loaded once per process, and each app finds its own.

Two apps may have a `helpers.py` each, and `sys.modules` has room for one of that name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

_aside: dict[Path, dict[str, ModuleType]] = {}
"""By folder of an app: its modules that gave way to those of another app."""


def settle(folder: Path) -> None:
    """Let imports find the modules of this folder, before those of other apps' folders."""
    for name in _names_in(folder):
        owner = _folder_of(sys.modules.get(name))
        if owner != folder and owner in _aside:
            for each in [known for known in sys.modules if _is_part(known, name)]:
                _aside[owner][each] = sys.modules.pop(each)
    sys.modules.update(_aside.get(folder, {}))
    _aside[folder] = {}


def forget(folder: Path) -> None:
    """Let the modules of this folder be imported anew."""
    _aside.pop(folder, None)
    for name in _names_in(folder):
        if _folder_of(sys.modules.get(name)) == folder:
            for each in [known for known in sys.modules if _is_part(known, name)]:
                del sys.modules[each]


def _names_in(folder: Path) -> set[str]:
    return {
        path.stem
        for path in folder.iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name.isidentifier())
    }


def _folder_of(module: ModuleType | None) -> Path | None:
    """Return the folder in which an import would have found a module."""
    for place in getattr(module, "__path__", ()):
        return Path(place).parent
    file = getattr(module, "__file__", None)
    return Path(file).parent if file else None


def _is_part(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
