"""The models of the fuzz, and the numbers that mark each edit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from syncline import Columns, Model, prop
from syncline.core.columns import Columns as Source
from syncline.model import columns as generations
from syncline.model import model as ids

FIRST = 1000
"""The first token; smaller whole numbers mean nothing."""
GRAIN = 2**20
"""A token below this is told by the fraction of a small number."""


def bounded(value: float) -> float:
    """Adjust what is above fifty, refuse what is below zero."""
    if value < 0:
        raise ValueError("expected zero or more")
    return min(value, 50.0)


COLUMNS: dict[str, Any] = {
    "x": np.array([1.0]),
    "n": np.array([1], "i4"),
    "name": np.array(["a"], object),
}


class Node(Model, type="fuzz/Node@1"):
    """What views may do nearly everything to."""

    events = ("click",)
    creatable = True
    value: float = prop(default=0.0, client=True, check=bounded)
    items: list[int] = prop(default=[], client=True)
    table: dict[str, Any] = prop(default={}, client=True)
    nodes: list[Node] = prop(default=[], client=True)
    data: Columns = prop(factory=lambda: Columns(COLUMNS), client=True)
    image: np.ndarray = prop(factory=lambda: np.zeros((3, 4), "i4"), client=True)
    extra: Any = prop(default=None, client=True)
    fixed: int = prop(default=7, doc="Views may not write it.")


def number_from_one() -> None:
    """Begin the ids of models and sources anew, so that a seed always tells the same story."""
    ids._ids = itertools.count(1)
    generations._generations = itertools.count(1)


def small(base: int, token: int) -> float:
    """Return a number near `base` that carries a token."""
    return base + token / GRAIN


def tokens(value: Any) -> list[int]:
    """Return the tokens inside a value, each as often as it stands there."""
    found: list[int] = []
    _gather(value, found)
    return found


def _gather(value: Any, found: list[int]) -> None:
    kind = type(value)
    if kind is int:
        if FIRST <= value < GRAIN:
            found.append(value)
    elif kind is float:
        _gather_float(value, found)
    elif isinstance(value, dict):
        for item in value.values():
            _gather(item, found)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            _gather(item, found)
    elif isinstance(value, np.ndarray):
        if value.dtype.kind in "if":
            found += value[(value >= FIRST) & (value < GRAIN)].astype(int).tolist()
    elif isinstance(value, Source):
        for _, rows in value.peek():
            _gather(rows, found)


def _gather_float(value: float, found: list[int]) -> None:
    if not abs(value) < GRAIN:
        return
    rest = round(value % 1 * GRAIN)
    if rest >= FIRST:
        found.append(rest)
    elif not rest and value >= FIRST:
        found.append(int(value))


def tokens_of(op: Any) -> set[int]:
    """Return the tokens that an operation brings."""
    values = [getattr(op, name, None) for name in ("v", "props", "data", "cols")]
    return set(tokens(values))
