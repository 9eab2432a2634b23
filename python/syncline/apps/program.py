"""What a kernel has to run for one session: a list of cells and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Cell:
    """One cell, as the author numbered it."""

    number: int
    """Position in the notebook, counted from 1."""
    kind: Literal["code", "markdown"]
    source: str


@dataclass(frozen=True)
class Program:
    """Everything needed to start a kernel and to run an application in it."""

    path: Path
    cells: tuple[Cell, ...]
    kernel_name: str | None = None
    """None = the default kernel of whoever starts it."""

    @property
    def folder(self) -> Path:
        """The kernel's working directory: data files are found beside the program."""
        return self.path.parent
