"""What an operation says where its target is gone: nothing is changed (SPEC 4 and 5.5)."""

from __future__ import annotations

import pytest

from syncline.core.apply import apply, enter, placed
from syncline.core.errors import Gone
from syncline.core.ops import Add, Del, Drop, Msg, Op, RootAdd, Set, Splice
from syncline.core.state import PlainModel, PlainState
from syncline.core.values import clone


def state() -> PlainState:
    made = PlainState()
    made.models["m"] = PlainModel("t/T@1", {"items": [1, 2], "d": {"k": 1}, "text": "ab"})
    return made


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        (Set("n", ["items"], 1), "model-gone"),
        (Set("m", ["items", 2], 1), "target-gone"),
        (Set("m", ["items", -1], 1), "target-gone"),
        (Set("m", ["items", "k"], 1), "target-gone"),
        (Set("m", ["d", 0], 1), "target-gone"),
        (Set("m", ["text", 0], "x"), "target-gone"),
        (Set("m", ["gone", "k"], 1), "target-gone"),
        (Del("m", ["items", 0]), "target-gone"),
        (Del("m", ["d", 0]), "target-gone"),
        (Splice("m", ["d"], 0, 0, []), "target-gone"),
        (Splice("m", ["text"], 0, 1, []), "target-gone"),
        (Splice("m", ["items"], 3, 0, []), "target-gone"),
        (Splice("m", ["items"], 1, 2, []), "target-gone"),
        (Splice("m", ["items"], -1, 0, []), "target-gone"),
        (Splice("m", ["items"], 0, -1, []), "target-gone"),
        (Splice("n", ["items"], 0, 0, []), "model-gone"),
        (Msg("n", "click"), "model-gone"),
        (RootAdd("n"), "model-gone"),
    ],
)
def test_what_does_not_resolve_says_why_and_changes_nothing(op: Op, kind: str) -> None:
    made = state()
    before = clone(made.models["m"].props)
    with pytest.raises(Gone) as gone:
        apply(made, op)
    assert gone.value.kind == kind
    assert made.models["m"].props == before
    assert made.roots == []


def test_an_entry_that_is_not_there_is_deleted_without_an_inverse() -> None:
    made = state()
    assert apply(made, Del("m", ["d", "other"])) == []
    assert made.props("m")["d"] == {"k": 1}


def test_an_append_is_placed_at_the_end_of_a_list_and_nowhere_else() -> None:
    made = state()
    assert placed(made, Splice("m", ["items"], None, 0, [3])) == Splice("m", ["items"], 2, 0, [3])
    with pytest.raises(Gone) as gone:
        placed(made, Splice("m", ["d"], None, 0, [3]))
    assert gone.value.kind == "target-gone"


def test_models_that_enter_together_leave_together() -> None:
    made = state()
    assert enter(made, []) == []
    undo = enter(made, [Add("a", "t/T@1", {"x": 1}), Add("b", "t/T@1", {"x": 2})])
    assert undo == [[Drop(["a", "b"])], []]
    assert made.props("b") == {"x": 2}
    apply(made, undo[0][0])
    assert list(made.ids()) == ["m"]
