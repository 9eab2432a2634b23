"""What functions are called in reports to their author."""

from __future__ import annotations

import functools


def name_of(fn: object) -> str:
    """Return what a function is called in a report."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    return getattr(fn, "__qualname__", repr(fn))
