"""An application that is a Jupyter notebook.

The handler only describes the cells; a kernel of the session's own runs them, which is the
business of `syncline.hosting`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from syncline.apps.errors import AppLoadError
from syncline.apps.handler import Handler
from syncline.apps.program import Cell, Program

_HEADING = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)


class NotebookHandler(Handler):
    """Describe a notebook, unchanged, as a program for a kernel."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).resolve()
        self.title = self.path.stem

    def program(self) -> Program:
        """Return the notebook's cells, read anew for each session."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            cells = tuple(_cells(content))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise AppLoadError.from_exception(self.path.name, error) from error
        return Program(self.path, cells, _kernel_name(content))


def first_heading(cells: tuple[Cell, ...]) -> str | None:
    """Return the text of the first level-one heading of the markdown cells."""
    for cell in cells:
        if cell.kind == "markdown" and (found := _HEADING.search(cell.source)):
            return found[1]
    return None


def _cells(content: dict[str, Any]) -> list[Cell]:
    cells = []
    for number, cell in enumerate(content["cells"], 1):
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        kind: Literal["code", "markdown"] | None = _KINDS.get(cell["cell_type"])
        if kind is not None and text.strip():
            cells.append(Cell(number, kind, text))
    return cells


_KINDS: dict[str, Literal["code", "markdown"]] = {"code": "code", "markdown": "markdown"}


def _kernel_name(content: dict[str, Any]) -> str | None:
    name = content.get("metadata", {}).get("kernelspec", {}).get("name")
    return name if isinstance(name, str) else None
