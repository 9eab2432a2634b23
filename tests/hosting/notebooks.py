"""Notebooks written for one test."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, *cells: str, kernel: str = "python3") -> Path:
    """Write a notebook; a cell that begins with `#` and a blank is markdown."""
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        "cells": [_cell(number, source) for number, source in enumerate(cells)],
    }
    path.write_text(json.dumps(notebook))
    return path


def _cell(number: int, source: str) -> dict[str, object]:
    common = {"id": f"c{number}", "metadata": {}, "source": source}
    if source.startswith("# "):
        return {"cell_type": "markdown", **common}
    return {"cell_type": "code", "outputs": [], "execution_count": None, **common}
