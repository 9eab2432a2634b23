"""Properties: what they take, what they make of it, what they say when they do not."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, Optional, Union

import numpy as np
import pytest

from syncline import Document, Event, Model, PropertyError, prop


def clamp(value: float) -> float:
    if value < 0:
        raise ValueError("expected zero or more")
    return min(value, 10.0)


class Leaf(Model, type="test/Leaf@1"):
    name: str = prop(default="")


class Everything(Model, type="test/Everything@1"):
    flag: bool = prop(default=False)
    count: int = prop(default=0)
    ratio: float = prop(default=0.0)
    text: str = prop(default="")
    mode: Literal["fast", "slow", 3] = prop(default="fast")
    maybe: str | None = prop(default=None)
    old_maybe: Optional[int] = prop(default=None)  # noqa: UP045  people still write it
    either: Union[int, str] = prop(default=0)  # noqa: UP007  the same
    words: list[str] = prop(default=[])
    table: dict[str, int] = prop(default={})
    nested: list[dict[str, list[int]]] = prop(default=[])
    pair: tuple[int, str] = prop(default=(0, ""))
    many: tuple[int, ...] = prop(default=())
    leaf: Leaf | None = prop(default=None)
    leaves: list[Leaf] = prop(default=[])
    later: list[Later] = prop(default=[])
    data: np.ndarray = prop(default=None)
    when: datetime | None = prop(default=None)
    noted: Annotated[int, "a note"] = prop(default=0)
    anything: Any = prop(default=None)
    clamped: float = prop(default=1.0, check=clamp)
    short: list[int] = prop(default=[], check=lambda value: value[:3])
    private: Any = prop(default=None, sync=False)


class Later(Model, type="test/Later@1"):
    pass


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("count", 3.0, 3),
        ("count", np.int32(4), 4),
        ("ratio", 3, 3.0),
        ("ratio", np.float32(0.5), 0.5),
        ("mode", 3, 3),
        ("maybe", "x", "x"),
        ("old_maybe", 4, 4),
        ("either", "x", "x"),
        ("words", ("a", "b"), ["a", "b"]),
        ("pair", [1, "a"], (1, "a")),
        ("many", [1, 2, 3], (1, 2, 3)),
        ("clamped", 99, 10.0),
        ("short", [1, 2, 3, 4], [1, 2, 3]),
        ("when", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        ("anything", {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}),
    ],
)
def test_a_value_is_kept_in_the_propertys_type(name: str, given: Any, kept: Any) -> None:
    model = Everything(**{name: given})
    assert getattr(model, name) == kept
    assert type(model.count) is int
    assert type(model.ratio) is float


@pytest.mark.parametrize(
    ("name", "wrong", "text"),
    [
        ("flag", 1, "expected a bool, got int 1"),
        ("count", 1.5, "expected an integer, got float 1.5"),
        ("count", True, "expected an integer"),
        ("ratio", "1", "expected a number, got str '1'"),
        ("text", 5, "expected a string, got int 5"),
        ("mode", "other", "expected one of 'fast', 'slow', 3, got str 'other'"),
        ("maybe", 5, "expected a string or None, got int 5"),
        ("either", 1.5, "expected an integer or a string"),
        ("words", "abc", "expected a list of a string"),
        ("words", ["a", 1], "expected a string, got int 1"),
        ("table", {"a": "b"}, "expected an integer, got str 'b'"),
        ("table", {1: 1}, "expected a string, got int 1"),
        ("nested", [{"a": [None]}], "expected an integer, got NoneType None"),
        ("pair", (1,), "expected a tuple"),
        ("leaf", Later(), "expected a Leaf or None"),
        ("leaves", [Later()], "expected a Leaf"),
        ("later", [Leaf()], "expected a Later"),
        ("data", [1, 2], "expected an array"),
        ("noted", "x", "expected an integer"),
        ("clamped", -1, "expected zero or more"),
        ("anything", object(), "a object has no form on the wire"),
        ("anything", {"deep": [1j]}, "a complex has no form on the wire"),
        ("text", "\ud800", "surrogate"),
    ],
)
def test_an_error_names_the_property_and_what_it_expects(name: str, wrong: Any, text: str) -> None:
    model = Everything()
    before = getattr(model, name)
    with pytest.raises(PropertyError) as caught:
        setattr(model, name, wrong)
    assert str(caught.value).startswith(f"{name}: ")
    assert text in str(caught.value)
    assert getattr(model, name) is before


def test_an_error_inside_a_list_or_dict_names_the_property_too() -> None:
    model: Any = Everything(words=["a"], table={"a": 1}, nested=[{"a": [1]}])
    edits: list[Callable[[], Any]] = [
        lambda: model.words.append(1),
        lambda: model.table.update(a="b"),
        lambda: model.table.__setitem__(3, 3),
        lambda: model.nested[0]["a"].insert(0, None),
    ]
    for edit in edits:
        with pytest.raises(PropertyError, match=r"^(words|table|nested): expected"):
            edit()
    assert (model.words, model.table, model.nested) == (["a"], {"a": 1}, [{"a": [1]}])


def test_a_check_sees_edits_inside_and_may_adjust_them() -> None:
    model = Everything(short=[1, 2])
    for document in (None, Document()):
        if document is not None:
            document.add_root(model)
        model.short = [1, 2]
        model.short.append(3)
        model.short.append(4)
        assert model.short == [1, 2, 3]


def test_an_unknown_property_is_a_type_error() -> None:
    make: Any = Leaf
    with pytest.raises(TypeError, match="no property 'colour'"):
        make(colour="red")
    with pytest.raises(ValueError, match="no property 'colour'"):
        Leaf().observe(lambda event: None, "colour")


def test_a_default_of_mutable_type_is_shared_by_nobody() -> None:
    first, second = Everything(), Everything()
    first.words.append("mine")
    first.table["mine"] = 1
    assert (second.words, second.table) == ([], {})
    assert Everything().words == []


def test_a_nested_default_is_shared_by_nobody() -> None:
    class Deep(Model, type="test/Deep@1"):
        rows: list[list[int]] = prop(default=[[1]])

    first, second = Deep(), Deep()
    first.rows[0].append(2)
    assert second.rows == [[1]]
    assert Deep().rows == [[1]]


def test_a_factory_is_called_for_each_model() -> None:
    class Counted(Model, type="test/Counted@1"):
        leaf: Leaf = prop(factory=Leaf)

    first, second = Counted(), Counted()
    assert first.leaf is first.leaf
    assert first.leaf is not second.leaf
    document = Document()
    document.add_root(first)
    assert document.models[first.leaf.id] is first.leaf


def test_what_stays_in_python_is_never_in_values_nor_in_a_snapshot() -> None:
    secret = object()
    model = Everything(private=secret)
    document = Document()
    document.add_root(model)
    assert "private" not in model.values()
    assert b"private" not in document.session.snapshot().content(b"")
    rev = document.rev
    seen: list[Any] = []
    model.observe(lambda event: seen.append(event.new), "private")
    model.private = other = object()
    assert seen == [other]
    assert document.rev == rev


def test_an_array_belongs_to_the_document_and_not_to_its_owner() -> None:
    mine = np.zeros(3)
    model = Everything(data=mine, anything=[{"deep": mine}])
    mine[0] = 5
    assert model.data.tolist() == [0, 0, 0]
    assert model.anything[0]["deep"].tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="read-only"):
        model.data[0] = 1


def test_a_class_may_be_defined_again_and_old_instances_go_on() -> None:
    def define(default: int) -> type[Model]:
        class Again(Model, type="test/Again@1"):
            value: int = prop(default)

        return Again

    old: Any = define(1)()
    new: Any = define(2)()
    document = Document()
    document.add_root(old)
    document.add_root(new)
    assert (old.value, new.value) == (1, 2)
    old.value = 5
    with pytest.raises(PropertyError):
        old.value = "x"


@pytest.mark.parametrize("name", ["Slider", "a/b", "a/B@0", "ü/B@1", "a/" + "B" * 130 + "@1"])
def test_a_wrong_type_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="expected a type name"):
        type("Bad", (Model,), {}, type=name)


def test_a_subclass_has_the_properties_of_its_base() -> None:
    class Twig(Leaf, type="test/Twig@1"):
        length: int = prop(default=1)

    twig = Twig(name="a", length=2)
    assert twig.values() == {"name": "a", "length": 2}
    assert Everything(leaf=twig).leaf is twig
    assert Leaf().values() == {"name": ""}


def test_a_model_alone_tells_its_observers_of_changes_only() -> None:
    seen: list[Event] = []
    leaf = Leaf(name="a")
    leaf.observe(seen.append, "name")
    leaf.name = "a"
    leaf.name = "b"
    assert [(event.old, event.new, event.origin) for event in seen] == [("a", "b", "py")]
    leaf.unobserve(seen.append, "name")
    leaf.name = "c"
    assert len(seen) == 1


def test_a_class_that_was_defined_again_is_still_the_class_an_annotation_means() -> None:
    def define() -> Any:
        class Part(Model, type="test/Part@1"):
            name: str = prop(default="")

        return Part

    first = define()

    class Whole(Model, type="test/Whole@1"):
        part: Any = prop(default=None)
        parts: list[first] = prop(default=[])  # type: ignore[valid-type]

    whole = Whole(parts=[first()])
    whole.parts.append(define()())

    class Special(define()):  # type: ignore[misc]
        pass

    whole.parts.append(Special())
    assert len(whole.parts) == 3
    with pytest.raises(PropertyError, match="expected a Part"):
        whole.parts.append(Leaf())


# Sets and enums


class Mode(StrEnum):
    FAST = "fast"
    SLOW = "slow"


class Kinds(Model, type="test/Kinds@1"):
    tags: set[str] = prop(default={"a"})
    numbers: frozenset[int] = prop(default=frozenset())
    mode: Mode = prop(default=Mode.FAST)
    anything: Any = prop(default=None)


def test_a_set_is_kept_frozen_and_replaced_as_a_whole() -> None:
    mine = {"a", "b"}
    model: Any = Kinds(tags=mine, anything=({"deep": [1]}, {1, 2}))
    document = Document()
    document.add_root(model)
    mine.add("c")
    assert model.tags == {"a", "b"}
    assert Kinds().tags == {"a"}
    with pytest.raises(AttributeError):
        model.tags.add("c")
    rev = document.rev
    with pytest.raises(LookupError, match="inside a tuple or set"):
        model.anything[0]["deep"].append(2)
    with pytest.raises(PropertyError, match="tags: expected a string, got int 1"):
        model.tags = {1}
    with pytest.raises(PropertyError, match="expected a set of an integer, got list"):
        model.numbers = [1]
    assert document.rev == rev
    model.anything = mine
    mine.add("d")
    op: Any = document.session.log.entries[-1].ops[-1]
    assert op.v == model.anything == {"a", "b", "c"}


def test_an_enum_is_given_as_member_or_value_and_kept_as_member() -> None:
    model: Any = Kinds(mode="slow")  # type: ignore[arg-type]
    assert model.mode is Mode.SLOW
    with pytest.raises(PropertyError, match="mode: expected one of 'fast', 'slow', got str 'x'"):
        model.mode = "x"


# Who may set it, and where it goes


class Run(Model, type="test/Run@1"):
    status: str = prop(default="new", readonly=True)
    log: list[str] = prop(default=[], readonly=True)
    password: str | None = prop(default=None, saved=False, min_length=2)

    def start(self) -> None:
        with self.unlocked("status", "log"):
            self.status = "running"
            self.log.append("started")


def test_a_readonly_property_is_set_by_the_models_own_code_alone() -> None:
    run = Run(status="made")
    for document in (None, Document()):
        if document is not None:
            document.add_root(run)
        with pytest.raises(PropertyError, match="status of Run is read-only"):
            run.status = "stopped"
        edits: list[Callable[[], Any]] = [
            lambda: run.log.append("x"),
            lambda: run.log.insert(0, "x"),
            lambda: run.log.extend("xy"),
        ]
        for edit in edits:
            with pytest.raises(PropertyError, match="log of Run is read-only"):
                edit()
    assert (run.status, run.log) == ("made", [])
    run.start()
    assert (run.status, run.log) == ("running", ["started"])
    with pytest.raises(PropertyError, match="read-only"):
        run.log.clear()
    with run.unlocked():
        run.log.clear()
    assert run.log == []
    with pytest.raises(PropertyError, match="read-only"):
        Run().status = "other"


def test_what_one_model_unlocks_stays_locked_for_the_others() -> None:
    run, other = Run(), Run()
    with run.unlocked("status"), pytest.raises(PropertyError, match="read-only"):
        other.status = "x"
    with run.unlocked("status"), pytest.raises(PropertyError, match="read-only"):
        run.log = []


def test_a_property_is_not_readonly_and_client_writable() -> None:
    with pytest.raises(TypeError, match="not both"):
        prop(default=0, client=True, readonly=True)


def test_what_is_not_saved_is_shown_nowhere() -> None:
    run = Run(password="secret")
    assert run.saved_values() == {"status": "new", "log": []}
    assert run.values()["password"] == "secret"
    seen: list[str] = []
    run.observe(lambda event: seen.append(repr(event)))
    run.password = "hidden"
    assert "..." in seen[0]
    assert not any(word in repr(run) + seen[0] for word in ("secret", "hidden"))
    wrong: Any = run
    for value in ("s", 12345, ["s"]):
        with pytest.raises(PropertyError) as caught:
            wrong.password = value
        assert str(caught.value) == "password: expected a string or None, got another value"


def test_documentation_is_where_help_looks() -> None:
    class Told(Model, type="test/Told@1"):
        value: int = prop(default=0, doc="What it is worth.")

    assert inspect.getdoc(Told.value) == "What it is worth."


def test_a_place_in_one_of_several_containers_takes_what_one_of_them_holds() -> None:
    class Mixed(Model, type="test/Mixed@1"):
        value: list[int] | dict[str, list[str]] | None = prop(default=None)

    model: Any = Mixed(value=[1])
    model.value.append(2)
    with pytest.raises(PropertyError, match="expected an integer"):
        model.value.append("x")
    model.value = {"a": ["x"]}
    model.value["a"].append("y")
    with pytest.raises(PropertyError, match="expected a string, got int 1"):
        model.value["b"] = [1]
    assert model.value == {"a": ["x", "y"]}


def test_the_constructor_shows_its_properties() -> None:
    assert str(inspect.signature(Leaf)) == "(*, name='', key=None)"

    class Own(Leaf, type="test/Own@1"):
        def __init__(self, *parts: str) -> None:
            super().__init__(name="/".join(parts))

    assert list(inspect.signature(Own).parameters) == ["parts"]

    class Factory(Model, type="test/Factory@1"):
        leaf: Leaf = prop(factory=Leaf)

    assert str(inspect.signature(Factory)) == "(*, leaf=Ellipsis, key=None)"


def test_every_model_may_have_a_key_which_is_sent_where_there_is_one() -> None:
    leaf, named = Leaf(), Leaf(key="a")
    assert (leaf.key, named.key) == (None, "a")
    assert "key" not in leaf.values()
    assert named.values()["key"] == "a"
    with pytest.raises(PropertyError):
        named.key = 3  # type: ignore[assignment]
    with pytest.raises(TypeError, match="'key'"):
        type("Bad", (Model,), {"key": prop(default="")})
