"""Values of every kind, good and malformed."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from syncline.core.arrays import ITEM_SIZES
from syncline.core.columns import Columns
from syncline.core.values import Opaque, Ref, encode_value

PLAIN: list[Any] = [
    None, True, False, 0, -1, 2**53 - 1, 1.5, 1e300, "", "text", "\u00e9\U0001f600", [],
    [1, [2]], {}, {"a": {"b": None}}, {"__proto__": 1, "constructor": 2}, math.inf, -math.inf,
    2**53, -(2**70), Ref("py-12"), b"", b"\x00\xff", (1, "a"), {3}, {"$": "not a tag"},
    {1: "one"}, {"$": 1, "b": [2]}, datetime(2023, 11, 14, 22, 13, 20, 250, UTC),
    timedelta(milliseconds=1.5), timedelta(days=-1),
    Opaque({"$": "later", "x": 1}), [Ref("a"), {"deep": [Ref("b")]}],
]  # fmt: skip
BAD: list[Any] = [
    {"$": "ref"}, {"$": "ref", "id": 3}, {"$": "nd", "dtype": "c16", "shape": [1], "b64": ""},
    {"$": "nd", "dtype": "f8", "shape": [2], "b64": "AAAA"},
    {"$": "nd", "dtype": "f8", "shape": [-1], "b64": ""},
    {"$": "nd", "dtype": "u1", "shape": [1]},
    {"$": "nd", "dtype": "u1", "shape": [1], "b64": "AA==", "buf": 0},
    {"$": "nd", "dtype": "u1", "shape": [1], "buf": 0}, {"$": "num", "v": "many"},
    {"$": "int", "v": "x"}, {"$": "map", "v": [[1]]}, {"$": "map", "v": [[[], 1]]},
    {"$": "bytes", "b64": "?"}, {"$": "set", "v": 3},
    {"$": "cols", "gen": 1, "first": 0, "cols": {}},
    {"$": "cols", "gen": "g", "first": -1, "cols": {}},
    {"$": "cols", "gen": "g", "first": 0.5, "cols": {}},
    {"$": "cols", "gen": "g", "first": 0, "cols": {"x": [1], "y": []}},
    {"$": "cols", "gen": "g", "first": 0, "cols": {"x": 1}},
    {"$": "cols", "gen": "g", "first": 0,
     "cols": {"x": {"$": "nd", "dtype": "u1", "shape": [1, 1], "b64": "AA=="}}},
]  # fmt: skip


def arrays() -> list[Any]:
    """Return an array of every dtype and of awkward shapes."""
    found: list[Any] = [np.arange(6, dtype=d).reshape(2, 3) for d in ("i1", "u1", "i2", "u2", "i4")]
    found += [np.arange(3, dtype=d) for d in ("u4", "i8", "u8", "f4", "f8")]
    found += [np.array([True, False]), np.array(2.5), np.zeros((0, 3)), np.array([np.nan, np.inf])]
    found += [np.array(["2024-01-01", "NaT"], dtype="M8[ms]"), np.array([5], dtype="m8[ms]")]
    found += [np.arange(4, dtype=">i4"), np.arange(10)[::2], np.asfortranarray(np.eye(2))]
    found += [np.array([-1, 1], "m8[us]"), np.array(["1969-12-31T23:59:59.9999"], "M8[us]")]
    return [*found, np.array([0.5], "f2"), np.zeros((1,) * 8, "u1")]


def sources() -> list[Any]:
    """Return columnar sources."""
    return [
        Columns("py-1", {}),
        Columns("py-1", {"x": np.zeros(0), "$": []}, 7),
        Columns("c1-2", {"t": np.array(["2024-01-01"], "M8[ms]"), "__proto__": [2**60]}, 2**40),
        Columns("g", {"a": np.array([True]), "b": [None]}),
    ]


def good() -> list[dict[str, Any]]:
    """Return a case for each kind of value."""
    every = [*PLAIN, *arrays(), *sources(), math.nan, -0.0]
    return [{"json": encode_value(value, None)} for value in every]


def bad() -> list[dict[str, Any]]:
    """Return malformed values."""
    return [{"json": raw, "error": True} for raw in BAD]


def random_value(rnd: random.Random, depth: int = 3) -> Any:
    """Return a value of any kind."""
    kind = rnd.random()
    if depth and kind < 0.3:
        size = rnd.randrange(4)
        inner = [random_value(rnd, depth - 1) for _ in range(size)]
        names = rnd.sample(["a", "b", "$", "__proto__", "\u00e9", "c"], size)
        return inner if kind < 0.15 else dict(zip(names, inner, strict=True))
    if kind < 0.4:
        return random_array(rnd)
    if kind < 0.5:
        return random_source(rnd)
    if kind < 0.6:
        number = rnd.choice([rnd.uniform(-1e6, 1e6), rnd.gauss(0, 1) * 10.0 ** rnd.randrange(99)])
        return rnd.choice([number, int(number), rnd.randrange(-(2**70), 2**70)])
    if kind < 0.7:
        moment = timedelta(milliseconds=rnd.randrange(-(10**13), 10**13) / 8)
        return rnd.choice([moment, datetime(1970, 1, 1, tzinfo=UTC) + moment])
    return rnd.choice(PLAIN)


def random_array(rnd: random.Random) -> Any:
    """Return an array of any dtype and a small shape."""
    dtype = rnd.choice(list(ITEM_SIZES))
    shape = tuple(rnd.randrange(4) for _ in range(rnd.randrange(4)))
    items = [rnd.randrange(2 if dtype == "b1" else 100) for _ in range(math.prod(shape))]
    return np.array(items).astype(dtype).reshape(shape)


def random_source(rnd: random.Random) -> Columns:
    """Return a columnar source with up to three columns."""
    rows = rnd.randrange(4)
    cols: dict[str, Any] = {}
    for name in rnd.sample(["x", "y", "__proto__"], rnd.randrange(4)):
        if rnd.random() < 0.5:
            cols[name] = [rnd.choice(PLAIN[:20]) for _ in range(rows)]
        else:
            dtype = rnd.choice(list(ITEM_SIZES))
            cols[name] = np.array([rnd.randrange(2) for _ in range(rows)]).astype(dtype)
    return Columns(f"c-{rnd.randrange(9)}", cols, rnd.randrange(100))
