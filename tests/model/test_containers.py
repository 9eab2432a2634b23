"""Lists and dicts of models: an edit in place, at any depth, is an operation."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from syncline import Document, Model, prop
from syncline.core.ops import Add, Del, Op, Set, Splice


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
]


@pytest.mark.parametrize("edit", MIXED)
def test_an_edit_of_a_dict_with_other_keys_or_inside_it_replaces_the_whole(
    box: Box, edit: Callable[[Any], Any]
) -> None:
    box.table[1] = "one"
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
