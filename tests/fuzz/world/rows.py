"""Edits of tables and of arrays: rows appended, regions overwritten, whole sources replaced."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np

from syncline.core.columns import Columns
from syncline.core.ops import Op, Path, Set, Stream, Write
from syncline.core.state import PlainState

from .client import Client

MOST_ROWS = 4
ROLLS = [None, None, 3, 6]


class Rows:
    """Makes edits of a client; every row that it writes carries a token of its own."""

    def __init__(self, die: random.Random, numbers: itertools.count[int]) -> None:
        self.die = die
        self.numbers = numbers

    def column(self, name: str, count: int) -> Any:
        """Return new rows of a column."""
        if name == "name":
            return [self.die.choice(["a", None, "ü"]) for _ in range(count)]
        tokens = list(itertools.islice(self.numbers, count))
        return np.array(tokens, "f8" if name == "x" else "i4")

    def edit(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        """Return an edit of the table or of the image of a model."""
        model = state.models.get(m)
        if model is None:
            return []
        if self.die.random() < 0.2:
            return self._image(m, model.props.get("image"))
        path: Path = self.die.choice([["data"], ["data"], ["table", "data"]])
        source: Any = model.props
        for step in path:
            source = source.get(step) if isinstance(source, dict) else None
        if not isinstance(source, Columns):
            return [self._source(client, id, m, path)]
        return [self._rows(client, id, m, path, source)]

    def _rows(self, client: Client, id: str, m: str, path: Path, source: Columns) -> Op:
        if not len(source) or self.die.random() < 0.45:
            return self._stream(m, path, source)
        if self.die.random() < 0.15:
            return self._source(client, id, m, path)
        return self._write(m, path, source)

    def _stream(self, m: str, path: Path, source: Columns) -> Op:
        count = self.die.randrange(1, MOST_ROWS)
        cols = {name: self.column(name, count) for name in source.dtypes}
        return Stream(m, path, source.gen, source.end, count, cols, self.die.choice(ROLLS))

    def _write(self, m: str, path: Path, source: Columns) -> Op:
        name = self.die.choice(list(source.dtypes))
        start = self.die.randrange(source.first, source.end)
        stop = self.die.randrange(start + 1, source.end + 1)
        if self.die.random() < 0.5:
            rows = self.column(name, stop - start)
            return Write(m, path, start, rows, source.gen, name)
        step = self.die.randrange(1, 4)
        rows = self.column(name, len(range(start, stop, step)))
        return Write(m, path, [start, stop, step], rows, source.gen, name)

    def _source(self, client: Client, id: str, m: str, path: Path) -> Op:
        count = self.die.randrange(MOST_ROWS)
        cols = {name: self.column(name, count) for name in ("x", "n", "name")}
        return Set(m, path, Columns(f"{id}-{next(client.made)}", cols))

    def _image(self, m: str, image: Any) -> list[Op]:
        if not isinstance(image, np.ndarray) or self.die.random() < 0.3:
            shape = self.die.choice([(3, 4), (2, 2), (1, 5)])
            return [Set(m, ["image"], self._block(*shape))]
        axes = [self._axis(size) for size in image.shape]
        return [Write(m, ["image"], axes, self._block(*(len(range(*axis)) for axis in axes)))]

    def _axis(self, size: int) -> list[int]:
        start = self.die.randrange(size)
        return [start, self.die.randrange(start + 1, size + 1), self.die.randrange(1, 3)]

    def _block(self, *shape: int) -> Any:
        count = int(np.prod(shape))
        return np.array(list(itertools.islice(self.numbers, count)), "i4").reshape(shape)
