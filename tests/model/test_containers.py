"""Lists and dicts of models: an edit in place, at any depth, is an operation."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from syncline import Document, Model, prop
from syncline.core.ops import Add, Del, Op, Set, Splice
from syncline.model.places import outward


class Box(Model, type="test/Box@1"):
    items: list[Any] = prop(default=[])
    table: dict[Any, Any] = prop(default={})


@pytest.fixture
def box() -> Box:
    model = Box(items=[1, 2, 3, {"a": [4, 5]}], table={"k": 1, "deep": {"x": [1, {"y": 2}]}})
    Document().add_root(model)
    return model


def ops_of(model: Model, edit: Callable[[], Any]) -> list[Op]:
    """Return what an edit commits; it must be one revision at most."""
    session = model.document.session
    before = session.rev
    edit()
    assert session.rev <= before + 1
    return [op for entry in session.log.after(before) for op in entry.ops]


def splice(box: Box, i: int, d: int, *v: Any) -> Splice:
    return Splice(box.id, ["items"], i, d, list(v))


LISTS: list[Any] = [
    (lambda x: x.append(9), (4, 0, 9)),
    (lambda x: x.extend(n for n in (8, 9)), (4, 0, 8, 9)),
    (lambda x: x.insert(1, 9), (1, 0, 9)),
    (lambda x: x.insert(-1, 9), (3, 0, 9)),
    (lambda x: x.insert(99, 9), (4, 0, 9)),
    (lambda x: x.pop(), (3, 1)),
    (lambda x: x.pop(0), (0, 1)),
    (lambda x: x.remove(2), (1, 1)),
    (lambda x: x.__delitem__(-2), (2, 1)),
    (lambda x: x.__delitem__(slice(1, 3)), (1, 2)),
    (lambda x: x.__setitem__(slice(1, 2), [7, 8]), (1, 1, 7, 8)),
    (lambda x: x.__setitem__(slice(2, 0), [7]), (2, 0, 7)),
    (lambda x: x.clear(), (0, 4)),
    (lambda x: x.__imul__(0), (0, 4)),
]


@pytest.mark.parametrize(("edit", "expected"), LISTS)
def test_an_edit_of_a_list_is_one_splice_and_does_what_a_list_does(
    box: Box, edit: Callable[[Any], Any], expected: tuple[Any, ...]
) -> None:
    plain = copy.deepcopy(list(box.items))
    edit(plain)
    assert ops_of(box, lambda: edit(box.items)) == [splice(box, *expected)]
    assert box.items == plain


def test_sorting_reversing_and_strided_edits_do_what_a_list_does(box: Box) -> None:
    box.items = [3, 1, 2, 5]
    box.items.sort(key=lambda n: -n)
    assert box.items == [5, 3, 2, 1]
    box.items.reverse()
    box.items[::2] = [7, 8]
    assert box.items == [7, 2, 8, 5]
    del box.items[::2]
    assert box.items == [2, 5]
    with pytest.raises(ValueError, match="extended slice"):
        box.items[::2] = [1, 2, 3]


def test_an_item_is_set_by_its_index(box: Box) -> None:
    def edit() -> None:
        box.items[-1] = 9

    assert ops_of(box, edit) == [Set(box.id, ["items", 3], 9)]
    with pytest.raises(IndexError):
        box.items[9] = 1


def test_adding_in_place_is_one_splice_and_keeps_the_list(box: Box) -> None:
    items = box.items

    def edit() -> None:
        box.items += [9]

    assert ops_of(box, edit) == [splice(box, 4, 0, 9)]
    assert box.items is items
    items.append(10)
    assert box.items[-2:] == [9, 10]


def test_edits_at_depth_carry_the_whole_path(box: Box) -> None:
    assert ops_of(box, lambda: box.items[3]["a"].append(6)) == [
        Splice(box.id, ["items", 3, "a"], 2, 0, [6])
    ]
    assert ops_of(box, lambda: box.table["deep"]["x"][1].update(y=3)) == [
        Set(box.id, ["table", "deep", "x", 1, "y"], 3)
    ]


def test_the_path_follows_when_items_move(box: Box) -> None:
    inner = box.items[3]["a"]
    box.items.insert(0, "first")
    assert ops_of(box, lambda: inner.append(6)) == [Splice(box.id, ["items", 4, "a"], 2, 0, [6])]


def test_edits_of_a_dict_are_sets_and_deletes(box: Box) -> None:
    table = box.table
    assert ops_of(box, lambda: table.update({"k": 2}, n=3)) == [
        Set(box.id, ["table", "k"], 2),
        Set(box.id, ["table", "n"], 3),
    ]
    assert ops_of(box, lambda: table.pop("n")) == [Del(box.id, ["table", "n"])]
    assert ops_of(box, lambda: table.setdefault("k", 5)) == []
    assert table.setdefault("new", 5) == 5
    assert table.popitem() == ("new", 5)
    assert table.pop("none", "default") == "default"
    with pytest.raises(KeyError):
        del table["none"]
    table |= {"k": 7}
    assert table["k"] == 7
    table.clear()
    assert box.table == {}


def test_a_key_that_is_not_text_replaces_the_whole(box: Box) -> None:
    def edit() -> None:
        box.table[1] = "one"

    (op,) = ops_of(box, edit)
    assert isinstance(op, Set)
    assert op.p == ["table"]
    assert box.table[1] == "one"
    del box.table[1]
    assert 1 not in box.table


MIXED: list[Callable[[Any], Any]] = [
    lambda table: table.update({"k": 2}),
    lambda table: table.update({"k": 2, 2: "two"}),
    lambda table: table.pop("k"),
    lambda table: table["deep"]["x"].append(3),
    lambda table: table["deep"]["x"][1].update(y=3),
    lambda table: table.clear(),
    lambda table: table[2].append(3),
    lambda table: table[2][0].update({3: "three"}),
    lambda table: table[2][0].pop(1),
]


@pytest.mark.parametrize("edit", MIXED)
def test_an_edit_of_a_dict_with_other_keys_or_inside_it_replaces_the_whole(
    box: Box, edit: Callable[[Any], Any]
) -> None:
    box.table.update({1: "one", 2: [{1: 2}]})
    plain = copy.deepcopy(dict(box.table))
    edit(plain)
    assert ops_of(box, lambda: edit(box.table)) == [Set(box.id, ["table"], plain)]
    assert box.table == plain


def test_a_dict_with_other_keys_inside_a_list_replaces_that_property(box: Box) -> None:
    box.items[3][7] = "seven"
    (op,) = ops_of(box, lambda: box.items[3]["a"].append(6))
    assert op == Set(box.id, ["items"], [1, 2, 3, {"a": [4, 5, 6], 7: "seven"}])


def test_a_list_that_is_no_longer_there_says_so(box: Box) -> None:
    stale, inner = box.items, box.items[3]["a"]
    popped = box.items.pop()
    box.items = [1]
    box.table["deep"] = None
    rev = box.document.rev
    for edit in (lambda: stale.append(1), lambda: inner.append(1), lambda: popped.update(a=1)):
        with pytest.raises(LookupError, match="no longer part"):
            edit()
    assert box.document.rev == rev
    assert box.items == [1]


def test_the_log_does_not_change_with_what_it_holds(box: Box) -> None:
    document = box.document
    other = Box(items=[1])
    before = document.rev
    document.add_root(other)
    mine: list[Any] = [[1]]
    other.items = mine
    other.items[0].append(2)
    mine[0].append(3)
    other.items.append(4)
    first, second = (entry.ops[0] for entry in list(document.session.log.after(before))[:2])
    assert isinstance(first, Add)
    assert isinstance(second, Set)
    assert first.props["items"] == [1]
    assert second.v == [[1]]
    assert other.items == [[1, 2], 4]


def test_the_same_list_in_two_places_is_two_lists(box: Box) -> None:
    other = Box()
    box.document.add_root(other)
    other.items = box.items
    other.items.append("other")
    assert box.items[-1] != "other"


def test_a_model_alone_edits_in_place_too() -> None:
    box = Box(items=[{"a": []}])
    seen: list[Any] = []
    box.observe(lambda event: seen.append(event.new), "items")
    box.items[0]["a"].append(1)
    box.items.append(2)
    assert box.items == [{"a": [1]}, 2]
    assert len(seen) == 2


def test_copies_are_plain(box: Box) -> None:
    for made in (copy.deepcopy(box.items), pickle.loads(pickle.dumps(box.items))):
        assert made == box.items
        assert type(made) is list
        assert type(made[3]) is dict
        made[3]["a"].append(1)
    assert box.items[3] == {"a": [4, 5]}


def test_an_edit_that_fails_changes_nothing(box: Box) -> None:
    rev = box.document.rev
    for edit in (lambda: box.items.pop(99), lambda: box.items.remove("x"), lambda: box.table["x"]):
        with pytest.raises((IndexError, ValueError, KeyError)):
            edit()
    assert box.document.rev == rev


def test_edits_in_place_go_no_deeper_than_a_value_may(box: Box) -> None:
    def grow() -> None:
        deep = box.items
        for _ in range(1000):
            deep.append([])
            deep = deep[-1]

    with pytest.raises(ValueError, match="deep"):
        grow()
    assert box.document.session.snapshot().content(b"")


SAME_ENDS: list[Any] = [
    (lambda x: x.sort(key=repr), [Splice("", ["items"], 1, 3, [1, 2, 3])]),
    (lambda x: x.reverse(), [Splice("", ["items"], 0, 5, [9, 1, 2, 3, 0])]),
    (lambda x: x.__setitem__(slice(None), [0, 3, 7, 1, 9]), [Splice("", ["items"], 2, 1, [7])]),
    (lambda x: x.__setitem__(slice(None), [0, 3, 2, 1, 9, 5]), [Splice("", ["items"], 5, 0, [5])]),
    (lambda x: x.__setitem__(slice(1, 4), [3, 1]), [Splice("", ["items"], 2, 1, [])]),
    (lambda x: x.__setitem__(slice(None), [0, 3, 2, 1, 9]), []),
    (lambda x: x.__setitem__(slice(None, None, 2), [0, 5, 9]), [Splice("", ["items"], 2, 1, [5])]),
    (lambda x: x.__delitem__(slice(1, None, 2)), [Splice("", ["items"], 1, 3, [2])]),
    (lambda x: x.__imul__(2), [Splice("", ["items"], 5, 0, [0, 3, 2, 1, 9])]),
]


@pytest.mark.parametrize(("edit", "expected"), SAME_ENDS)
def test_of_a_replaced_range_only_what_changed_travels(
    box: Box, edit: Callable[[Any], Any], expected: list[Splice]
) -> None:
    box.items = [0, 3, 2, 1, 9]
    plain = list(box.items)
    edit(plain)
    ops: Any = ops_of(box, lambda: edit(box.items))
    assert [(op.p, op.i, op.d, op.v) for op in ops] == [(op.p, op.i, op.d, op.v) for op in expected]
    assert box.items == plain


def test_of_a_table_of_rows_only_the_changed_row_travels(box: Box) -> None:
    box.items = [{"row": n, "tags": [n]} for n in range(100)]
    rows = [{"row": n, "tags": [n]} for n in range(100)]
    rows[40] = {"row": 40, "tags": []}

    def edit() -> None:
        box.items[:] = rows

    assert ops_of(box, edit) == [splice(box, 40, 1, {"row": 40, "tags": []})]


def test_a_deleted_item_is_the_one_that_leaves_though_another_is_equal(box: Box) -> None:
    box.items = [{}, {}, {}]
    second = box.items[1]
    del box.items[0:1]
    assert ops_of(box, lambda: second.update(a=1)) == [Set(box.id, ["items", 0, "a"], 1)]


def test_edits_find_their_place_wherever_the_items_went(box: Box) -> None:
    box.items = [[n] for n in range(50)]
    held = list(box.items)
    del box.items[10:20]
    box.items[5:5] = [[-1], [-2], [-3]]
    box.items.insert(30, ["new"])
    for item in held[:10] + held[20:]:
        (op,) = ops_of(box, lambda: item.append("x"))  # noqa: B023
        assert isinstance(op, Splice)
        assert box.items[int(op.p[1])] is item
    for item in held[10:20]:
        with pytest.raises(LookupError):
            item.append("x")


def test_the_place_of_an_item_is_found_without_a_walk_along_its_siblings(box: Box) -> None:
    box.items = [{"n": n} for n in range(1000)]
    box.items.append({"n": 1000})
    box.items.insert(500, {"n": -1})
    for index in (0, 1000, 500, 1001, 501):
        item = box.items[index]
        steps = list(outward(item._at, len(box.items)))
        assert steps.index(index) <= 2
    assert sorted(outward(3, 7)) == list(range(7))
    assert sorted(outward(99, 3)) == list(range(3))
    assert list(outward(0, 0)) == []


def test_a_dict_whose_check_sees_the_whole_takes_several_keys_at_once() -> None:
    def balanced(table: dict[str, int]) -> dict[str, int]:
        if sum(table.values()):
            raise ValueError("expected a sum of zero")
        return table

    class Balance(Model, type="test/Balance@1"):
        table: dict[str, int] = prop(default={}, check=balanced)

    balance = Balance()
    balance.table.update(a=1, b=-1)
    assert balance.table == {"a": 1, "b": -1}
    with pytest.raises(ValueError, match="sum of zero"):
        balance.table["a"] = 2
    assert balance.table == {"a": 1, "b": -1}


def test_models_are_found_in_containers_of_every_kind(box: Box) -> None:
    leaves = [Box() for _ in range(6)]
    box.items = [{"deep": [leaves[0]]}, (leaves[1], [leaves[2]]), frozenset({leaves[3]})]
    box.table["x"] = {"y": (leaves[4],)}
    box.table["z"] = [[leaves[5]]]
    document = box.document
    assert {leaf.id for leaf in leaves} < set(document.models)
    undone = document.session.log.entries[-3].ops
    assert any(isinstance(op, Set) for op in undone)
    box.items = []
    box.table.clear()
    document.title = "collect"
    assert set(document.models) == {box.id}
