"""Which committed operations move what is queued as the shown ones did, and which are mine."""

from __future__ import annotations

import pytest

from syncline.core.ops import Add, Del, Msg, Op, Set, Splice, Stream, Title, Write
from syncline.sync.replica import _moves
from tests.sync.told import Told, append, snapshot, splice, value


def rows(at: int, n: int = 1, roll: int | None = None, gen: str = "g", x: float = 0) -> Stream:
    return Stream("m", ["s"], gen, at, n, {"x": [x] * n}, roll)


@pytest.mark.parametrize(
    ("a", "b", "alike"),
    [
        (splice(1, 0, "a"), splice(1, 0, "b"), True),
        (splice(1, 0, "a"), splice(2, 0, "a"), False),
        (splice(1, 1, "a"), splice(1, 0, "a"), False),
        (splice(1, 0, "a"), splice(1, 0, "a", "b"), False),
        (splice(1, 0, "a"), Splice("n", ["items"], 1, 0, ["a"]), False),
        (splice(1, 0, "a"), Splice("m", ["other"], 1, 0, ["a"]), False),
        (rows(1, x=1), rows(1, x=2), True),
        (rows(1), rows(2), False),
        (rows(1), rows(1, n=2), False),
        (rows(1), rows(1, roll=3), False),
        (rows(1), rows(1, gen="h"), False),
        (Write("m", ["s"], 1, [1], "g", "x"), Write("m", ["s"], 2, [1, 2], "g", "x"), True),
        (Title("a"), Title("b"), True),
        (Title("a"), Msg("m", "click"), False),
        (Add("c1-1", "t/T@1", {}), Add("c1-1", "t/T@1", {"full": 1}), True),
        (Add("c1-1", "t/T@1", {}), Add("c1-2", "t/T@1", {}), False),
        (Add("c1-1", "t/T@1", {}), Add("c1-1", "t/U@1", {}), False),
        (value(1), value(2), True),
        (value(1), Set("n", ["value"], 1), False),
        (value(1), Set("m", ["value", "k"], 1), False),
        (value(1), Del("m", ["value"]), False),
    ],
)
def test_operations_move_alike_whatever_values_they_bring(a: Op, b: Op, alike: bool) -> None:
    assert (_moves(a) == _moves(b)) is alike


def test_what_was_queued_on_an_insert_that_was_committed_elsewhere_is_told() -> None:
    told = Told()
    told.replica.local(value(2))
    told.replica.local(splice(0, 0, "mine"))
    told.send()
    told.replica.local(Set("m", ["items", 0], "better"))
    told.ok(1, [value(2), splice(3, 0, "mine")])
    assert told.props["items"] == [1, 2, 3, "mine"]
    assert [one.kind for one in told.told("conflict")] == ["target-gone"]


def test_a_snapshot_brings_title_and_roots() -> None:
    told = Told()
    state = snapshot()
    state.title, state.roots = "another", ["m"]
    told.replica.local(append(4))
    told.replica.replace(state, "e1", 8)
    assert (told.replica.state.title, told.replica.state.roots) == ("another", ["m"])
    assert told.props["items"] == [1, 2, 3, 4]
