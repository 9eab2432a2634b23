"""What a client's operation may do to models (SPEC 5.1, step 4)."""

from __future__ import annotations

import pytest

import syncline as sl
from syncline.core.ops import Add, Del, Drop, Msg, RootAdd, Set, Splice, Title
from syncline.sync.errors import Code, Refused


class Guarded(sl.Model, type="test/Guarded@1"):
    """A model a view may write in part."""

    events = ("click",)
    value: float = sl.prop(default=0.0, client=True)
    label: str = sl.prop(default="")
    hidden: int = sl.prop(default=0, client=True, sync=False)
    table: dict[object, object] = sl.prop(factory=dict, client=True)
    even: list[int] = sl.prop(factory=list, client=True, check=lambda items: items)


def refusal(model: Guarded, op: object) -> Code:
    """Return why the guard refuses an operation."""
    document = model.document or sl.Document()
    document.add_root(model)
    with pytest.raises(Refused) as refused:
        document.session.guard.check(op)  # type: ignore[arg-type]
    return refused.value.code


def test_only_what_the_model_opens_to_views_may_be_set() -> None:
    model = Guarded()
    assert refusal(model, Set(model.id, ["label"], "x")) is Code.READ_ONLY
    assert refusal(model, Set(model.id, ["hidden"], 1)) is Code.INVALID_OP
    assert refusal(model, Set(model.id, ["nowhere"], 1)) is Code.INVALID_OP
    assert refusal(model, Set(model.id, ["value"], "x")) is Code.INVALID_VALUE
    assert refusal(model, Del(model.id, ["value"])) is Code.INVALID_OP


def test_roots_title_models_and_undeclared_events_are_closed() -> None:
    model = Guarded()
    for op in (Title("x"), RootAdd(model.id), Drop([model.id]), Add("c1-1", "test/Guarded@1", {})):
        assert refusal(model, op) is Code.READ_ONLY
    assert refusal(model, Msg(model.id, "hover")) is Code.INVALID_OP
    click = Msg(model.id, "click")
    assert model.document.session.guard.check(click) is click


def test_a_checked_list_and_a_dict_with_other_than_text_keys_are_set_as_a_whole() -> None:
    model = Guarded(even=[2], table={1: "one", "deep": {"a": 1}})
    assert refusal(model, Splice(model.id, ["even"], 0, 0, [4])) is Code.INVALID_OP
    model = Guarded(table={1: "one", "deep": {"a": 1}})
    assert refusal(model, Set(model.id, ["table", "deep", "a"], 2)) is Code.INVALID_OP


def test_a_dict_with_text_keys_is_edited_in_place() -> None:
    model, document = Guarded(table={"deep": {"a": 1}}), sl.Document()
    document.add_root(model)
    op = Set(model.id, ["table", "deep", "a"], 2)
    assert document.session.guard.check(op) == op


def test_what_is_gone_is_left_to_the_engine() -> None:
    model, document = Guarded(table={"a": 1}), sl.Document()
    document.add_root(model)
    check = document.session.guard.check
    for op in (Set("py-none", ["value"], 1.0), Set(model.id, ["table", "b", "c"], 1)):
        assert check(op) is op or check(op) == op


def test_a_value_of_a_new_model_is_checked_like_any_other() -> None:
    class Made(sl.Model, type="test/Made@1"):
        creatable = True
        value: float = sl.prop(default=0.0, client=True, ge=0)

    document = sl.Document()
    check = document.session.guard.check
    assert check(Add("c1-1", "test/Made@1", {"value": 2})).props == {"value": 2.0}  # type: ignore[union-attr]
    for wrong in (-1, "x"):
        with pytest.raises(Refused) as refused:
            check(Add("c1-1", "test/Made@1", {"value": wrong}))
        assert refused.value.code is Code.INVALID_VALUE


def test_a_trusted_client_may_do_what_python_may_with_values_as_right() -> None:
    model, document = Guarded(), sl.Document()
    document.add_root(model)
    check = document.session.guard.check
    for op in (Set(model.id, ["label"], "x"), RootAdd(model.id), Title("x")):
        assert check(op, trusted=True) is op or check(op, trusted=True) == op
    unknown = Add("c1-1", "far/Unknown@1", {})
    assert check(unknown, trusted=True) is unknown
    with pytest.raises(Refused) as refused:
        check(Set(model.id, ["label"], 5), trusted=True)
    assert refused.value.code is Code.INVALID_VALUE
