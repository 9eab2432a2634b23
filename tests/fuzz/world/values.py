"""Values of every kind that may stand in a document (SPEC 2.1)."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">f8", ">i4", "f2"]
KEYS = ["a", "$", "__proto__", "constructor", "é", "", "k\n"]


def leaf(die: random.Random) -> Any:
    """Return a value without parts."""
    return die.choice(LEAVES)(die)


def value(die: random.Random, depth: int = 2) -> Any:
    """Return a value of any kind, with parts down to a depth."""
    if not depth or die.random() < 0.4:
        return leaf(die)
    parts = [value(die, depth - 1) for _ in range(die.randrange(4))]
    match die.randrange(5):
        case 0:
            return tuple(parts)
        case 1:
            return {die.choice(KEYS): part for part in parts}
        case 2:
            return {die.choice([1, 2.5, None, True, ("t", 1), "s"]): part for part in parts}
        case 3:
            return {leaf for leaf in (scalar(die) for _ in range(3)) if leaf == leaf}
        case _:
            return parts


def scalar(die: random.Random) -> Any:
    """Return a value that may be a member of a set."""
    return die.choice([None, True, -1, 1e300, "text", (1, "t"), 2**70])


def array(die: random.Random) -> Any:
    """Return an array of any kind: strided, big-endian, empty, without dimensions."""
    shape = die.choice([(), (0,), (3,), (2, 2), (0, 4), (1, 2, 3)])
    made = np.arange(math.prod(shape), dtype="i8").reshape(shape).astype(die.choice(DTYPES))
    return made[::-1] if made.ndim and die.random() < 0.3 else made


def moments(die: random.Random) -> Any:
    """Return an array of instants, one of them missing."""
    return np.array(["2020-01-01T00:00:00.001", "NaT"], dtype="M8[ns]")


LEAVES: list[Callable[[random.Random], Any]] = [
    lambda die: None,
    lambda die: die.random() < 0.5,
    lambda die: die.randrange(-900, 900),
    lambda die: die.choice([math.inf, -math.inf, math.nan, -0.0, 1e300, 5e-324]),
    lambda die: die.choice([2**53, -(2**53), 2**63, 2**64, 10**40]),
    lambda die: die.choice(["", "text", "ü€😀", "\u0000\u2028", "__proto__"]),
    lambda die: die.randbytes(die.choice([0, 1, 7, 8, 9])),
    lambda die: datetime(2020, 1, die.randrange(1, 28), 1, 2, 3, 4000, tzinfo=UTC),
    lambda die: timedelta(milliseconds=die.randrange(-1000, 1000)),
    array,
    array,
    moments,
]
