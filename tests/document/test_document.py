"""The document: its content, what views may do to it, how it ends."""

from __future__ import annotations

from typing import Any

import pytest

from syncline import Document
from syncline.model import display
from tests.document.knobs import Knob, Pen
from tests.sync.speaker import Speaker, live, put


def test_title_and_epoch(document: Document) -> None:
    assert document.title == "a title"
    document.title = "other"
    client = Speaker(document.session)
    assert client.pull().content["doc"]["title"] == "other"
    assert document.epoch == client.ack.header["epoch"] != Document().epoch


def test_a_theme_is_one_of_three(document: Document) -> None:
    assert document.theme == "auto"
    document.theme = "dark"
    with pytest.raises(ValueError, match="expected auto, light, dark, got 'caliber'"):
        document.theme = "caliber"  # type: ignore[assignment]
    assert document.theme == "dark"


def test_models_are_selected_by_id_name_and_class(document: Document, knob: Knob) -> None:
    other = Knob(name="x")
    pen = Pen()
    for model in (other, pen):
        document.add_root(model)
    assert document.select(id=knob.id) == [knob]
    assert document.select(name="x") == [other]
    assert document.select(type=Knob) == [knob, other]
    assert document.select(type=Knob, name="x") == [other]
    assert document.select(name="none") == []
    assert document.select(type="test/Pen@1") == [pen]
    assert document.select(id="py-none") == []
    assert document.select(id=pen.id, type=Knob) == []
    assert document.model(pen.id) is pen
    assert document.model("py-none") is None


def test_clearing_takes_all_roots_away_at_once(document: Document, knob: Knob) -> None:
    document.add_root(Pen())
    client = live(document.session)
    before = document.rev
    document.clear()
    assert (document.roots, document.rev, document.title) == ((), before + 1, "a title")
    document.clear()
    assert client.pull().content["doc"]["roots"] == []


def test_closing_ends_every_connection(document: Document) -> None:
    client = live(document.session)
    document.close()
    assert client.peer.close_code == 4404


def test_a_document_and_a_model_show_themselves_through_the_hook(
    document: Document, knob: Knob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "hook", None)
    assert set(knob._repr_mimebundle_()) == {"text/plain"}
    monkeypatch.setattr(display, "hook", lambda shown: {"x/y": shown})
    assert knob._repr_mimebundle_() == {"x/y": knob}
    assert document._repr_mimebundle_() == {"x/y": document}
    assert "1 models" in repr(document)
    assert "Knob" in repr(document)


# What views may do


@pytest.mark.parametrize(
    ("op", "code"),
    [
        (put("text"), "invalid-value"),
        (put("x", "name"), "read-only"),
        (put(1, "nothing"), "invalid-op"),
        ({"op": "del", "m": "py-1", "p": ["value"]}, "invalid-op"),
        ({"op": "root-", "m": "py-1"}, "read-only"),
        ({"op": "title", "v": "x"}, "read-only"),
        ({"op": "drop", "ms": ["py-1"]}, "bad-message"),
        ({"op": "msg", "m": "py-1", "name": "secret", "data": None}, "invalid-op"),
        (
            {"op": "splice", "m": "py-1", "p": ["items"], "i": 0, "d": 0, "v": ["x"]},
            "invalid-value",
        ),
        (put([{"$": "ref", "id": "PEN"}], "others"), "invalid-value"),
    ],
)
def test_a_view_may_do_only_what_models_allow(
    document: Document, knob: Knob, op: dict[str, Any], code: str
) -> None:
    pen = document.add_root(Pen())
    before = knob.values()
    text = str(op).replace("py-1", knob.id).replace("PEN", pen.id)
    client = live(document.session)
    client.edit(eval(text))
    answer = client.answer()
    assert (answer.type, answer.content.get("code")) == ("ERROR", code)
    assert knob.values() == before
    client.edit(put(5, m=knob.id))
    assert client.answer().type == "OK"


def test_the_refusal_names_the_property(document: Document, knob: Knob) -> None:
    client = live(document.session)
    client.edit(put("text", m=knob.id))
    assert client.answer().content["text"] == "value: expected a number, got str 'text'"


def test_a_view_makes_a_model_that_is_complete_for_everybody(
    document: Document, knob: Knob
) -> None:
    author, other = live(document.session), live(document.session)
    m = f"{author.client}-1"
    author.edit(
        {"op": "add", "m": m, "type": "test/Knob@1", "props": {}},
    )
    assert author.answer().content["code"] == "read-only"
    author.edit(
        {"op": "add", "m": m, "type": "test/Pen@1", "props": {"colour": "red"}},
        {"op": "splice", "m": knob.id, "p": ["others"], "i": 0, "d": 0, "v": []},
    )
    answer = author.answer()
    assert answer.content["ops"][0]["props"] == {"colour": "red", "width": 1}
    assert answer.content.get("conflicts", []) == []
    (tx,) = other.answer().content["txs"]
    assert tx["ops"][0]["props"] == {"colour": "red", "width": 1}
    pen = document.models[m]
    assert isinstance(pen, Pen)
    assert pen.colour == "red"


def test_a_number_from_a_view_gets_the_propertys_type(document: Document, knob: Knob) -> None:
    client = live(document.session)
    client.edit(put(5, m=knob.id))
    assert client.answer().content == {"verbatim": True}
    assert type(knob.value) is float
