"""From the paths on a command line to applications by name."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.apps import Application, AppNotFound, application_for, is_app
from syncline.hosting.names import name_of
from syncline.server import BadName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_KINDS = (".py", ".ipynb")


def applications(paths: Mapping[str, Path], words: Sequence[str]) -> dict[str, Application]:
    """Return the applications of these files; `words` are what scripts find in `sys.argv`."""
    return {name: application_for(path, words=words) for name, path in paths.items()}


def files(paths: Iterable[Path]) -> dict[str, Path]:
    """Return the files to serve by name; a folder stands for the apps in it."""
    found: dict[str, Path] = {}
    for path in itertools.chain.from_iterable(map(_apps_in, paths)):
        name = name_of(path)
        if name in found:
            raise BadName(f"two apps are called {name!r}: {found[name]} and {path}")
        found[name] = path
    return found


def matching(patterns: Iterable[Path]) -> list[Path]:
    """Return what patterns such as `apps/**/*.py` stand for. Raises AppNotFound for nothing."""
    found: list[Path] = []
    for pattern in patterns:
        rest = pattern.relative_to(pattern.anchor)
        paths = sorted(Path(pattern.anchor).glob(str(rest)))
        if not paths:
            raise AppNotFound(f"nothing matches {pattern}")
        found += paths
    return found


def _apps_in(path: Path) -> list[Path]:
    if not path.is_dir() or is_app(path):
        return [path]
    apps = sorted(
        file
        for file in path.iterdir()
        if (file.suffix in _KINDS or is_app(file)) and file.name[0] not in "._"
    )
    if not apps:
        raise AppNotFound(f"no .py or .ipynb file and no folder with a main.py in {path}")
    return apps
