"""Types travel: entries, hashes, the code of views (SPEC 5.9)."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import syncline as sl
from syncline import prop
from syncline.core.ops import Add, Drop, RootAdd
from syncline.model.catalogue import find
from syncline.model.kinds import kind_from, kind_of
from syncline.model.schema import Types, digest, schema_of, wire_type
from syncline.model.state import type_of
from tests.sync.speaker import Speaker, live

CODE = "export default { render({ model, el }) { el.textContent = model.get('value') } }"


class Mode(StrEnum):
    FAST = "fast"
    SLOW = "slow"


class Part(sl.Model, type="test/SchemaPart@1"):
    name: str = prop(default="")


class Counter(sl.Model, type="test/Counter@2"):
    events = ("reset",)
    creatable = True
    _esm = CODE
    _css = "b { color: red }"

    value: int = prop(default=0, client=True, ge=0, le=100, clamp=True, doc="How often.")
    unit: Literal["px", "em"] = prop(default="px")
    steps: list[float] = prop(default=[], max_length=3)
    source: Part | None = prop(default=None)
    made: Part = prop(factory=Part)
    ratio: float = prop(default=float("inf"))
    private: Any = prop(default=None, sync=False)


def entry_of(cls: type[sl.Model]) -> Any:
    schema = schema_of(cls)
    assert schema is not None
    return json.loads(schema.text)


# Entries


def test_an_entry_says_what_a_class_says() -> None:
    assert entry_of(Counter) == {
        "name": "test/Counter@2",
        "events": ["reset"],
        "creatable": True,
        "view": {"esm": digest(CODE.encode()), "css": digest(b"b { color: red }")},
        "properties": {
            "value": {
                "kind": "int",
                "default": 0,
                "client": True,
                "ge": 0,
                "le": 100,
                "clamp": True,
                "doc": "How often.",
            },
            "unit": {"kind": {"one": ["px", "em"]}, "default": "px"},
            "steps": {"kind": {"list": "float"}, "default": [], "max_length": 3},
            "source": {
                "kind": {"either": [{"model": "test/SchemaPart@1"}, "null"]},
                "default": None,
            },
            "made": {"kind": {"model": "test/SchemaPart@1"}},
            "ratio": {"kind": "float", "default": {"$": "num", "v": "inf"}},
        },
    }


def test_the_hash_is_of_the_canonical_form() -> None:
    schema = schema_of(Part)
    assert schema is not None
    assert schema.text == (
        b'{"creatable":false,"events":[],"name":"test/SchemaPart@1",'
        b'"properties":{"name":{"default":"","kind":"str"}},"view":null}'
    )
    assert schema.hash == digest(schema.text) == "2BzYmF2HrODVNPGOozN_hw"
    assert wire_type(Part) == "test/SchemaPart@1#2BzYmF2HrODVNPGOozN_hw"


@pytest.mark.parametrize(
    ("annotation", "wire"),
    [
        (Any, "any"),
        (bool, "bool"),
        (bytes, "bytes"),
        (datetime, "time"),
        (timedelta, "dur"),
        (None, "null"),
        (np.ndarray[Any, Any], "array"),
        (sl.Columns, "cols"),
        (list[int], {"list": "int"}),
        (set[str], {"set": "str"}),
        (dict[str, int], {"dict": "int"}),
        (dict[int, float], {"dict": ["int", "float"]}),
        (tuple[int, str], {"tuple": ["int", "str"]}),
        (tuple[int, ...], {"tuple": "int"}),
        (Literal[1, "a"], {"one": [1, "a"]}),
        (Mode, {"one": ["fast", "slow"]}),
        (int | None, {"either": ["int", "null"]}),
        (list[dict[str, list[float]]], {"list": {"dict": {"list": "float"}}}),
        (sl.Model, {"model": "syncline/Model@1"}),
        (object(), "any"),
    ],
)
def test_kinds_have_names_and_are_made_of_them(annotation: Any, wire: Any) -> None:
    assert kind_of(annotation).wire == wire
    again = kind_from(json.loads(json.dumps(wire))).wire
    assert again == ("model" if isinstance(wire, dict) and "model" in wire else wire)


@pytest.mark.parametrize("wire", [None, 5, "later", {"later": 1}, {}, {"tuple": []}, []])
def test_a_kind_that_is_not_known_is_any_value(wire: Any) -> None:
    kind = kind_from(wire)
    assert kind.wire == "any" or kind.check(()) == ()


def test_built_in_types_have_no_hash_and_their_subclasses_their_look() -> None:
    class Fancy(sl.Slider, type="test/Fancy@1"):
        unit: str = prop(default="")

    class Plain(Fancy, type="test/Plain@1"):
        _esm = CODE

    assert type_of(sl.Slider()) == "ui/Slider@1"
    assert schema_of(sl.Slider) is None
    assert entry_of(Fancy)["view"] == "ui/Slider@1"
    assert "value" in entry_of(Fancy)["properties"]
    assert entry_of(Plain)["view"] == {"esm": digest(CODE.encode())}


def test_the_code_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "view.js"
    file.write_text(CODE, "utf-8")

    class Filed(sl.Model, type="test/Filed@1"):
        _esm = file

    assert entry_of(Filed)["view"] == {"esm": digest(CODE.encode())}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (Path("/none/such.js"), "there is no file /none/such.js"),
        ("https://example.org/a.js", "give the code or a Path, not an address"),
    ],
)
def test_code_that_is_none_is_refused_with_the_class(code: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        type("Bad", (sl.Model,), {"_esm": code})


def test_an_event_that_is_given_instead_of_several_is_refused_with_the_class() -> None:
    with pytest.raises(TypeError, match="events of Bad: expected a tuple"):
        type("Bad", (sl.Model,), {"events": "click"})


@pytest.mark.parametrize("name", ["values", "observe", "id", "write"])
def test_a_property_may_not_take_the_name_of_what_every_model_has(name: str) -> None:
    with pytest.raises(TypeError, match=f"may not be called '{name}'"):
        type("Bad", (sl.Model,), {name: prop(default=0)})


# Defined again


def define(**members: Any) -> Any:
    class Again(sl.Model, type="test/SchemaAgain@1"):
        value: int = prop(default=0, client=True)
        vars().update(members)

    return Again


def test_a_definition_that_is_the_same_has_the_same_name_another_has_another() -> None:
    first, same, other = define(), define(), define(_esm=CODE)
    assert wire_type(first) == wire_type(same) != wire_type(other)
    assert wire_type(other).startswith("test/SchemaAgain@1#")


def test_old_models_stay_on_their_definition_and_new_ones_take_the_new() -> None:
    document = sl.Document()
    old = document.add_root(define(creatable=True)())
    new = document.add_root(define(creatable=True, extra=prop(default="new"))())
    adds = [op for entry in document.session.log.entries for op in entry.ops if type(op) is Add]
    assert [op.type for op in adds] == [type_of(old), type_of(new)]
    assert adds[0].type != adds[1].type
    author = live(document.session)
    for number, name in enumerate(("test/SchemaAgain@1", type_of(old)), 1):
        m = f"{author.client}-{number}"
        author.edit({"op": "add", "m": m, "type": name, "props": {"value": 5}})
        made = [op for op in document.session.log.entries[-1].ops if type(op) is Add]
        assert [op.type for op in made] == [type_of(new) if number == 1 else type_of(old)]


def test_a_model_of_an_old_definition_comes_back_as_one() -> None:
    document, old = sl.Document(), define()
    model = document.add_root(old(value=3))
    document.remove_root(model)
    define(other=prop(default=0))
    document.title = "collect"
    m, name = model.id, type_of(model)
    assert document.model(m) is None
    del model
    add = document.session.graveyard[m][1]
    assert add.type == name
    with document.transaction():
        document.engine.local(add)
        document.engine.local(RootAdd(m))
    back = document.state.models[m]
    assert type(back) is old
    assert type_of(back) == name


# What a document tells


@pytest.fixture
def document() -> Iterator[sl.Document]:
    made = sl.Document()
    yield made
    made.close()


def test_a_snapshot_and_the_first_transaction_carry_the_entries(document: sl.Document) -> None:
    watcher = live(document.session)
    document.add_root(Counter())
    document.add_root(Counter())
    counter, part = schema_of(Counter), schema_of(Part)
    assert counter is not None
    assert part is not None
    told = {counter.hash: json.loads(counter.text), part.hash: json.loads(part.text)}
    first, second = watcher.answer().content["txs"]
    assert first["schema"] == told
    assert "schema" not in second
    late = Speaker(document.session).pull()
    assert late.content["schema"] == told
    types = {model["type"] for model in late.content["doc"]["models"].values()}
    assert types == {counter.wire_type, part.wire_type}
    assert "schema" not in Speaker(document.session).pull(known=list(told)).content


def test_entries_and_code_are_assets_of_the_documents_that_use_them(
    document: sl.Document,
) -> None:
    counter = schema_of(Counter)
    assert counter is not None
    client = live(document.session)

    def asked(hash: str) -> Any:
        client.say("ASSET-REQ", {"hash": hash})
        answer = client.answer()
        return answer.buffers[0] if answer.type == "ASSET" else answer.content["code"]

    assert asked(counter.hash) == asked(digest(CODE.encode())) == "unknown-asset"
    document.add_root(Counter())
    client.hear()
    assert asked(counter.hash) == counter.text
    assert asked(digest(CODE.encode())) == CODE.encode()
    assert asked(digest(b"other")) == "unknown-asset"


def test_what_is_asked_of_types_that_are_not_there_has_no_answer() -> None:
    types = Types()
    assert types.entries(["ui/Slider@1", "test/None@1#AAAAAAAAAAAAAAAAAAAAAA", "x"]) == {}
    assert types.asset("AAAAAAAAAAAAAAAAAAAAAA") is None
    assert "test/Counter@2" in types.types()


def test_a_dropped_model_is_forgotten_with_its_name(document: sl.Document) -> None:
    foreign = "test/SchemaPart@1#AAAAAAAAAAAAAAAAAAAAAA"
    document.state.learn({"AAAAAAAAAAAAAAAAAAAAAA": entry_of(Part)})
    with document.transaction():
        document.engine.local(Add("c1-1", foreign, {"name": "x"}))
        document.engine.local(RootAdd("c1-1"))
    assert isinstance(document.model("c1-1"), Part)
    assert [type for _, type, _ in document.state.items()] == [foreign]
    document.engine.local(Drop(["c1-1"]))
    assert document.session.graveyard["c1-1"][1].type == foreign
    assert document.state._names == {}


def test_a_class_that_is_gone_is_not_kept_for_its_name() -> None:
    made = define(_esm="gone")
    name = wire_type(made)
    assert find(name) is made
    there = weakref.ref(made)
    del made
    gc.collect()
    assert there() is None
    assert find(name) is None


def test_a_class_that_names_no_type_gets_a_name_whatever_it_is_called() -> None:
    made: Any = type("Zähler", (sl.Model,), {"__module__": "mein modul.x"})
    assert made.type_name == "mein_modul/Z_hler@1"
    assert type("Plain", (sl.Model,), {"__module__": "__main__"}).type_name == "main/Plain@1"  # type: ignore[attr-defined]
