"""The process-wide things a script expects to be its own while its body runs."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.apps import neighbours

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Working directory, sys.path and sys.argv belong to the process: one script body at a time.
_one_at_a_time = threading.RLock()


@contextmanager
def surroundings(path: Path, words: Sequence[str] = ()) -> Iterator[None]:
    """Stand in the script's folder, with its own `sys.argv`, and leave everything as it was."""
    with _one_at_a_time:
        folder, search, arguments = Path.cwd(), list(sys.path), list(sys.argv)
        os.chdir(path.parent)
        neighbours.settle(path.parent)
        sys.path.insert(0, str(path.parent))
        sys.argv[:] = [str(path), *words]
        try:
            yield
        finally:
            os.chdir(folder)
            sys.path[:] = search
            sys.argv[:] = arguments


def forget_modules(folder: Path) -> None:
    """Let the modules beside an app be imported anew, once no script is in the middle of one."""
    with _one_at_a_time:
        neighbours.forget(folder)
