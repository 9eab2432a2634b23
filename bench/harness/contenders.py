"""Which contenders a run measures: all, or those named with `--only`."""

from __future__ import annotations

from harness.process import OUR_PYTHON, can_import


def ours_runs(module: str = "syncline.server") -> bool:
    """Tell whether Syncline can be started from the project's own environment."""
    return can_import(OUR_PYTHON, module)


def wanted(name: str, role: str, only: frozenset[str]) -> bool:
    """Tell whether a contender is to run: by its name, or by its role."""
    return not only or name in only or role in only
