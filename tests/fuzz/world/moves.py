"""What a view may do to a document: one edit of something that it shows."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

from syncline.core.ops import Add, Del, Msg, Op, Set, Splice
from syncline.core.state import PlainState
from syncline.core.values import Ref, settled

from .client import Client
from .models import small
from .rows import Rows
from .values import value


class Moves:
    """Makes edits; every value that it writes carries a token of its own."""

    def __init__(self, die: random.Random, numbers: itertools.count[int], root: str) -> None:
        self.die = die
        self.numbers = numbers
        self.root = root
        self._rows = Rows(die, numbers)

    def edit(self, client: Client, id: str, state: PlainState) -> list[Op]:
        """Return an edit as a list of operations."""
        models = list(state.models)
        if not models:
            return []
        m = self.die.choice([self.root, *models])
        move = self.die.choice(MOVES)
        return move(self, client, id, state, m)

    def token(self) -> int:
        """Return the next token."""
        return next(self.numbers)

    # Properties

    def value(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        return [Set(m, ["value"], small(self.die.randrange(-3, 60), self.token()))]

    def extra(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        return [Set(m, ["extra"], [self.token(), settled(value(self.die))])]

    def rows(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        return self._rows.edit(client, id, state, m)

    # Lists

    def splice(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        die, length = self.die, len(_list(state, m))
        inserted = [self.token() for _ in range(die.randrange(3))]
        if die.random() < 0.3:
            return [Splice(m, ["items"], None, 0, inserted)]
        start = die.randrange(length + 1)
        removed = die.randrange(min(3, length - start) + 1)
        return [Splice(m, ["items"], start, removed, inserted)]

    def element(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        return [Set(m, ["items", self.die.randrange(len(_list(state, m)) + 1)], self.token())]

    # Dicts

    def entry(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        token = self.token()
        value = self.die.choice([token, [token, self.token()], {"k": [token]}])
        return [Set(m, ["table", self.die.choice("ab")], value)]

    def deep(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        path: list[str | int] = self.die.choice([["a", 0], ["b", "k"], ["a", "k", 0]])
        return [Set(m, ["table", *path], self.token())]

    def delete(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        return [Del(m, ["table", self.die.choice("ab")])]

    # Models

    def add(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        new = f"{id}-{next(client.made)}"
        props = {"value": 1.0, "items": [self.token()], "table": {}, "nodes": []}
        return [Add(new, "fuzz/Node@1", props), Splice(m, ["nodes"], None, 0, [Ref(new)])]

    def forget(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        return [Set(m, ["nodes"], [])]

    def refer(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        """Refer to a model that may be gone by then."""
        return [Set(m, ["table", "ref"], Ref(self.die.choice(list(state.models))))]

    def click(self, client: Client, id: str, state: PlainState, m: str) -> list[Op]:
        return [Msg(m, "click", self.token())]


def _list(state: PlainState, m: str) -> list[Any]:
    model = state.models.get(m)
    found = model.props.get("items") if model else None
    return found if isinstance(found, list) else []


Move = Callable[[Moves, Client, str, PlainState, str], list[Op]]
MOVES: list[Move] = [
    Moves.value,
    Moves.extra,
    Moves.rows,
    Moves.rows,
    Moves.rows,
    Moves.splice,
    Moves.splice,
    Moves.element,
    Moves.entry,
    Moves.deep,
    Moves.delete,
    Moves.add,
    Moves.forget,
    Moves.refer,
    Moves.click,
]
