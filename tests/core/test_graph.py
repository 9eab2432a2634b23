"""Which models may leave: by counts at once, by a mark when there is time (SPEC 5.1, GC)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from syncline.core.apply import apply
from syncline.core.errors import Gone
from syncline.core.graph import Graph
from syncline.core.ops import Add, Drop, Op, RootAdd, RootRemove, Set
from syncline.core.state import PlainState
from syncline.core.values import Ref, refs


class Kept:
    """A state and the graph that goes along with it."""

    def __init__(self, *ops: Op) -> None:
        self.state = PlainState()
        self.graph = Graph()
        for op in ops:
            self.run(op)

    def run(self, op: Op) -> None:
        self.graph.done(op, apply(self.state, op))

    def undo(self, op: Op) -> None:
        undo = apply(self.state, op)
        self.graph.done(op, undo)
        for inverse in undo:
            apply(self.state, inverse)
        self.graph.undone(op, undo)

    def search(self, budget: int = 1) -> list[str]:
        while (found := self.graph.unreachable(self.state, budget)) is None:
            pass
        return found


def model(m: str, *to: str) -> Add:
    return Add(m, "t/T@1", {"to": [Ref(other) for other in to]})


def to(m: str, *others: str) -> Set:
    return Set(m, ["to"], [Ref(other) for other in others])


def test_what_nothing_refers_to_is_found_by_its_count() -> None:
    kept = Kept(model("a", "b"), model("b"), RootAdd("a"))
    assert kept.graph.unreferenced() == []
    kept.run(to("a"))
    assert kept.graph.unreferenced() == ["b"]
    kept.run(Drop(["b"]))
    kept.run(RootRemove("a"))
    assert kept.graph.unreferenced() == ["a"]


def test_a_plain_value_in_the_place_of_another_counts_for_nothing() -> None:
    kept = Kept(Add("a", "t/T@1", {"x": 1}), Set("a", ["x"], 2))
    assert kept.graph.counts == {}
    assert kept.graph.unreferenced() == ["a"]


def test_undone_operations_count_for_nothing() -> None:
    kept = Kept(model("a", "b"), model("b"), RootAdd("a"))
    counts = dict(kept.graph.counts)
    for op in (to("a"), RootRemove("a"), Drop(["a"]), model("c", "a"), RootAdd("b"), RootAdd("a")):
        kept.undo(op)
        assert kept.graph.counts == counts, op


def test_models_that_only_refer_to_each_other_are_found_by_a_mark() -> None:
    kept = Kept(model("a", "b"), model("b", "c"), model("c", "b"), RootAdd("a"))
    assert kept.search() == []
    kept.run(to("a"))
    assert kept.graph.unreferenced() == []
    assert kept.graph.loose
    assert kept.search() == ["b", "c"]
    kept.run(Drop(["b", "c"]))
    assert kept.graph.counts == {"a": 1}
    assert kept.search() == []


def test_a_mark_is_due_only_when_a_model_lost_one_of_several_references() -> None:
    kept = Kept(model("a"), model("b"), RootAdd("a"))
    assert kept.graph.unreferenced() == ["b"]
    kept.run(to("a", "b"))
    kept.run(to("a"))
    assert not kept.graph.loose
    kept.run(to("a", "b", "b"))
    kept.run(to("a", "b"))
    assert kept.graph.loose


def test_a_circle_that_entered_unattached_is_found() -> None:
    kept = Kept(model("a", "b"), model("b", "a"))
    assert kept.graph.loose
    assert kept.search() == ["a", "b"]


def test_a_model_that_enters_and_then_refers_to_itself_alone_is_found() -> None:
    kept = Kept(model("a"), to("a", "a"))
    assert kept.graph.unreferenced() == []
    assert kept.graph.searching
    assert kept.search() == ["a"]


def test_a_model_that_lost_all_and_then_is_referred_to_from_below_is_found() -> None:
    kept = Kept(model("a"), model("b", "a"), RootAdd("b"), RootAdd("a"))
    kept.search()
    kept.run(RootRemove("a"))
    kept.graph.unreferenced()
    kept.search()
    kept.run(RootRemove("b"))
    kept.run(to("a", "b"))
    assert kept.graph.unreferenced() == []
    assert kept.graph.searching
    assert kept.search() == ["a", "b"]


def test_one_slice_looks_at_no_more_models_than_it_may() -> None:
    kept = Kept(*(model(f"m{n}", f"m{n + 1}") for n in range(9)), model("m9"), RootAdd("m0"))
    calls = 1
    while kept.graph.unreachable(kept.state, 5) is None:
        calls += 1
    assert calls == 4


def reachable(state: PlainState) -> set[str]:
    seen: set[str] = set()
    todo = list(state.roots)
    while todo:
        m = todo.pop()
        if m not in seen and state.has(m):
            seen.add(m)
            todo += [ref.id for ref in refs(state.props(m))]
    return seen


def random_op(rnd: random.Random, state: PlainState) -> Op:
    ids = [f"m{n}" for n in range(8)]
    m = rnd.choice(ids)
    others = rnd.sample(ids, rnd.randrange(3))
    if not state.has(m):
        return model(m, *others)
    ops: list[Op] = [to(m, *others), to(m, *others), RootAdd(m), RootRemove(m)]
    return rnd.choice(ops)


@pytest.mark.parametrize("seed", range(200))
def test_a_mark_never_finds_what_a_root_reaches_and_in_the_end_finds_all_else(seed: int) -> None:
    rnd = random.Random(seed)
    kept: Any = Kept()
    for _ in range(60):
        try:
            kept.run(random_op(rnd, kept.state))
        except Gone:
            continue
        found = kept.graph.unreachable(kept.state, rnd.randrange(3))
        assert reachable(kept.state).isdisjoint(found or ())
    kept.search()
    lost = set(kept.state.models) - reachable(kept.state)
    assert set(kept.search()) == lost


def test_a_model_that_comes_back_during_a_search_keeps_what_it_has_come_to_refer_to() -> None:
    kept = Kept(model("a", "x", "c"), model("x", "b"), model("b"), model("c"), RootAdd("a"))
    assert kept.graph.unreachable(kept.state, 2) is None
    for op in (to("a", "x"), Drop(["c"]), model("c", "b"), to("a", "x", "c"), to("x")):
        kept.run(op)
    assert kept.search() == []


def test_of_models_that_enter_together_only_those_without_a_reference_are_suspects() -> None:
    graph = Graph()
    graph.entered(["a", "b", "c"], [Ref("b")])
    assert graph.suspects == {"a", "c"}


def test_models_that_enter_together_are_looked_for_where_they_refer_to_one_that_was_here() -> None:
    graph = Graph()
    graph.entered(["a", "b"], [Ref("b")])
    assert not graph.searching
    graph.entered(["c"], [Ref("a")])
    assert graph.searching
