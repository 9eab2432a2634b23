"""Operations: hand-made ones at the edges of SPEC 4, and random ones that often resolve."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from syncline.core.apply import apply, resolve
from syncline.core.columns import Columns
from syncline.core.errors import BadValue, Gone
from syncline.core.ops import (
    Add,
    Del,
    Drop,
    Msg,
    Op,
    Path,
    RootAdd,
    RootRemove,
    Set,
    Splice,
    Stream,
    Title,
    Write,
)
from syncline.core.state import PlainState
from syncline.core.values import Ref

from .documents import source
from .values import random_value

DATA: Path = ["data"]
IMAGE: Path = ["image"]


def rows(at: int, n: int = 2, roll: int | None = None, **changes: Any) -> Stream:
    """Return a stream to the source of `document`."""
    numbers = np.arange(at, at + n)
    cols: dict[str, Any] = {"x": numbers / 2, "n": numbers.astype("u1"), "name": ["new"] * n}
    return Stream("py-5", DATA, "py-1", at, n, {**cols, **changes}, roll)


def _write(at: Any, v: Any, col: str = "x", gen: str = "py-1") -> Write:
    return Write("py-5", DATA, at, v, gen, col)


def _block(at: Any, v: Any) -> Write:
    return Write("py-6", IMAGE, at, np.asarray(v, dtype="i2"))


def columnar() -> list[Op]:
    """Return operations on rows and blocks: the document has rows 4 to 8 and an image of 2 x 3."""
    return [
        rows(9), rows(9, 1, roll=3), rows(9, 7, roll=2), rows(9, 2, roll=100), rows(20, 2),
        rows(20, 3, roll=2), rows(8), rows(9, name=[1]), rows(9, x=np.zeros(2, "f4")),
        rows(9, x=[1, 2]), rows(9, more=[1, 2]),
        Stream("py-5", DATA, "py-1", 9, 1, {"x": np.zeros(1)}),
        Stream("py-5", DATA, "c1-1", 9, 1, {"x": np.zeros(1)}),
        Stream("py-5", ["more", 0], "py-2", 2, 1, dict(source("py-2", 2, 1).cols)),
        Stream("py-2", ["value"], "py-1", 0, 1, {"x": [1]}), Stream("no", DATA, "g", 0, 1, {}),
        _write(4, np.ones(1)), _write(8, np.ones(1)), _write(3, np.ones(2)), _write(8, np.ones(2)),
        _write(5, ["a", None, 2**60], "name"), _write([4, 9, 2], np.ones(3)),
        _write([5, 6, 1], np.ones(1)), _write([4, 10, 2], np.ones(3)),
        _write([3, 6, 1], np.ones(3)),
        _write(4, np.ones(1, "f4")), _write(4, [1.0]), _write(4, [1], "none"),
        _write(4, np.ones(1), gen="c1-1"), _write([4, 9, 2], np.ones(2)),
        Write("py-5", ["more", 0], 1, [7], "py-2", "name"),
        _block([[0, 2, 1], [0, 3, 1]], np.ones((2, 3))), _block([[1, 2, 1], [0, 3, 2]], [[8, 9]]),
        _block([[1, 3, 1], [0, 1, 1]], [[8], [9]]), _block([[0, 1, 1]], [8]),
        Write("py-6", IMAGE, [[0, 1, 1], [0, 1, 1]], np.ones((1, 1))),
        Write("py-6", ["level"], [], np.array(1.0)), Write("py-2", ["label"], [], np.array(1.0)),
        Write("py-6", IMAGE, 0, np.ones(1), "py-1", "x"), Write("py-5", DATA, [], np.array(1.0)),
        Set("py-5", DATA, source("c1-1", 0, 3)), Del("py-5", DATA),
    ]  # fmt: skip


def pairs() -> list[tuple[list[Op], list[Op]]]:
    """Return lists that meet: each line of the table of SPEC 5.3 about rows."""
    own: list[Op] = [rows(9, 2), _write(10, np.ones(1)), _write([4, 11, 2], np.arange(4.0))]
    new = Set("py-5", DATA, source("c1-1", 0, 1))
    earlier: list[list[Op]] = [
        [rows(9, 3)], [rows(9, 3, roll=4)], [rows(9, 1, roll=1)], [rows(30, 2, roll=2)], [new],
        [Del("py-5", DATA)], [_write(6, np.zeros(2))], [Splice("py-5", ["more"], 0, 1, [])],
        [Drop(["py-5"])], own,
    ]  # fmt: skip
    later: list[list[Op]] = [
        own, [rows(9, 1)], [_write(4, np.ones(2)), _write([4, 9, 4], np.ones(2))],
        [_write(5, ["a", "b"], "name")], [new],
        [Write("py-5", ["more", 0], 1, [7], "py-2", "name")],
    ]  # fmt: skip
    return [(a, b) for a in earlier for b in later]


def random_op(rnd: random.Random, state: PlainState) -> Op:
    """Return an operation at a place that can be addressed; it may resolve or not."""
    while not _addressable(state, op := _random_op(rnd, state)):
        pass
    return op


def _addressable(state: PlainState, op: Op) -> bool:
    """Tell whether no step leads into a dict with other than text keys (SPEC 2)."""
    path = getattr(op, "p", [])
    for depth in range(1, len(path)):
        try:
            box = resolve(state, op.m, path[:depth])  # type: ignore[union-attr]
        except Gone:
            return True
        if isinstance(box, dict) and not all(isinstance(key, str) for key in box):
            return False
    return True


def _random_op(rnd: random.Random, state: PlainState) -> Op:
    """Return an operation that often, not always, resolves."""
    kind = rnd.random()
    if kind < 0.3:
        return _columnar(rnd, state)
    if kind < 0.55:
        path, m = _place(rnd)
        return Set(m, path, _value(rnd)) if kind < 0.46 else Del(m, path)
    if kind < 0.85:
        return _splice(rnd)
    m = rnd.choice(["py-1", "py-2", "py-3", "py-4", "c1-1", "gone"])
    others: list[Op] = [
        Title(rnd.choice("ab")), RootAdd(m), RootRemove(m), Msg(m, "click", {"x": 1}),
        Add(rnd.choice(["c1-1", "c1-2", "py-4"]), "app/New@1", {"of": Ref("py-1"), "marks": [1]}),
        Drop([rnd.choice(["c1-1", "c1-2", "py-4", "gone"])]),
    ]  # fmt: skip
    return rnd.choice(others)


def _value(rnd: random.Random) -> Any:
    return rnd.choice([1, "t", [7, 8], {"k": [1]}, {}, source("c1-9", 0, 2), random_value(rnd)])


def _place(rnd: random.Random) -> tuple[Path, str]:
    tick = rnd.randrange(3)
    paths: list[Path] = [
        ["value"], ["label"], ["style"], ["style", "color"], ["style", "axis"],
        ["style", "axis", "ticks"], ["marks"], ["marks", rnd.randrange(6)],
        ["style", "axis", "ticks", tick], ["style", "axis", "ticks", tick, "at"],
        ["odd", "__proto__"], ["nowhere", "deep"], ["data"], ["more", 0], ["image"],
    ]  # fmt: skip
    path = rnd.choice(paths)
    owners = {
        "value": "py-2", "label": "py-2", "marks": "py-2", "data": "py-5", "more": "py-5",
        "image": "py-6",
    }  # fmt: skip
    stray = rnd.random() < 0.1
    return path, rnd.choice(["py-1", "gone"]) if stray else owners.get(str(path[0]), "py-3")


def _splice(rnd: random.Random) -> Splice:
    lists: list[tuple[str, Path]] = [
        ("py-2", ["marks"]), ("py-1", ["children"]), ("py-3", ["style", "axis", "ticks"]),
        ("py-5", ["more"]),
    ]  # fmt: skip
    m, path = rnd.choice(lists)
    start = rnd.choice([None, *range(6)])
    inserted = [rnd.randrange(100) for _ in range(rnd.randrange(3))]
    return Splice(m, path, start, 0 if start is None else rnd.randrange(4), inserted)


def _columnar(rnd: random.Random, state: PlainState) -> Op:
    path: Path = rnd.choice([["data"], ["data"], ["more", 0]])
    try:
        held = resolve(state, "py-5", path)
    except Gone:
        held = None
    if not isinstance(held, Columns) or rnd.random() < 0.2:
        return rnd.choice([_random_block(rnd), rnd.choice(columnar())])
    gen = held.gen
    if rnd.random() < 0.5:
        n = rnd.randrange(1, 4)
        end = held.end + (rnd.random() < 0.1)
        cols = {name: _rows(rnd, dtype, n) for name, dtype in held.dtypes.items()}
        return Stream("py-5", path, gen, end, n, cols, rnd.choice([None, None, 2, 3, 6]))
    names = list(held.dtypes.items()) or [("x", None)]
    name, dtype = rnd.choice(names)
    start = held.first + rnd.randrange(-1, max(1, len(held)))
    count, step = rnd.randrange(1, 4), rnd.randrange(1, 4)
    start = max(0, start)
    stop = start + (count - 1) * step + rnd.randrange(1, step + 1)
    at: Any = start if rnd.random() < 0.5 else [start, stop, step]
    return Write("py-5", path, at, _rows(rnd, dtype, count), gen, name)


def _rows(rnd: random.Random, dtype: str | None, n: int) -> Any:
    numbers = [rnd.randrange(2) for _ in range(n)]
    return numbers if dtype is None else np.array(numbers).astype(dtype)


def _random_block(rnd: random.Random) -> Write:
    top, left = rnd.randrange(2), rnd.randrange(3)
    height, width = rnd.randrange(1, 3 - top), rnd.randrange(1, 4 - left)
    block = np.full((height, width), rnd.randrange(100), "i2")
    return Write("py-6", IMAGE, [[top, top + height, 1], [left, left + width, 1]], block)


def applied(rnd: random.Random, state: PlainState, count: int) -> list[Op]:
    """Apply random operations that resolve one after the other, and return them."""
    done: list[Op] = []
    while len(done) < count:
        op = random_op(rnd, state)
        try:
            apply(state, op)
        except (Gone, BadValue):
            continue
        done.append(op)
    return done
