"""What the document's own process does to it."""

from __future__ import annotations

import itertools
import random
from typing import Any

import numpy as np

from syncline import Columns, Document

from .models import Node, small
from .rows import ROLLS, Rows
from .values import value


class Author:
    """Python code that edits the document."""

    def __init__(
        self, document: Document, root: Node, die: random.Random, numbers: itertools.count[int]
    ) -> None:
        self.document = document
        self.root = root
        self.die = die
        self.numbers = numbers
        self._rows = Rows(die, numbers)

    def act(self) -> str:
        """Make one change; tell which."""
        node: Any = self.die.choice(list(self.document.models.values()))
        move = self.die.choice(ACTS)
        move(self, node)
        return f"python does {move.__name__} to {node.id}"

    def insert(self, node: Any) -> None:
        node.items.insert(self.die.randrange(len(node.items) + 1), next(self.numbers))

    def remove(self, node: Any) -> None:
        if node.items:
            node.items.pop(self.die.randrange(len(node.items)))

    def value(self, node: Any) -> None:
        node.value = small(self.die.randrange(50), next(self.numbers))

    def grow(self, node: Any) -> None:
        child = Node(items=[next(self.numbers)])
        node.nodes.append(child)
        child.items.append(next(self.numbers))
        child.table["t"] = [1]

    def table(self, node: Any) -> None:
        node.table = {"a": [next(self.numbers)]}

    def extra(self, node: Any) -> None:
        node.extra = value(self.die)

    def root_of_its_own(self, node: Any) -> None:
        self.document.add_root(node if self.die.random() < 0.5 else Node())

    def no_root(self, node: Any) -> None:
        """Take a root away: its model goes, unless somebody refers to it."""
        others = [root for root in self.document.roots if root is not self.root]
        if others:
            self.document.remove_root(self.die.choice(others))

    def circle(self, node: Any) -> None:
        """Refer to and fro."""
        child = Node()
        child.nodes.append(node)
        node.nodes.append(child)

    def orphan(self, node: Any) -> None:
        node.nodes = []

    def stream(self, node: Any) -> None:
        count = self.die.randrange(1, 4)
        rows = {name: self._rows.column(name, count) for name in ("x", "n")}
        names = np.array(self._rows.column("name", count), object)
        node.data.stream({**rows, "name": names}, self.die.choice(ROLLS))

    def patch(self, node: Any) -> None:
        if len(node.data):
            row = self.die.randrange(len(node.data))
            node.data.patch({"x": [(row, float(next(self.numbers)))]})

    def source(self, node: Any) -> None:
        node.data = Columns(
            {"x": self._rows.column("x", 2), "n": self._rows.column("n", 2), "name": ["b", "c"]}
        )

    def block(self, node: Any) -> None:
        node.write("image", (slice(0, 1), slice(0, 2)), [[next(self.numbers), 5]])

    def several(self, node: Any) -> None:
        with self.document.transaction():
            self.insert(node)
            self.value(node)
            self.table(node)

    def undone(self, node: Any) -> None:
        """Fail in the middle of a transaction: nothing of it may stay."""
        try:
            with self.document.transaction():
                node.items.append(0)
                node.nodes.append(Node())
                raise KeyError
        except KeyError:
            pass


ACTS = [
    Author.insert,
    Author.remove,
    Author.value,
    Author.grow,
    Author.table,
    Author.extra,
    Author.root_of_its_own,
    Author.no_root,
    Author.circle,
    Author.orphan,
    Author.stream,
    Author.stream,
    Author.patch,
    Author.source,
    Author.block,
    Author.several,
    Author.undone,
]
