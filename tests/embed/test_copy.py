"""What is recorded of documents, and what is left out."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

import syncline as sl
from syncline.embed.copy import Recording, mounts_of, record, write_mounts
from syncline.model.schema import canonical, digest
from syncline.model.unknown import described

CODE = "export default { render() {} };"


class Gauge(sl.Model):
    _esm = CODE
    _css = ".gauge {}"
    level: int = sl.prop(default=7)
    secret: str = sl.prop(default="", saved=False)
    hidden: int = sl.prop(default=1, sync=False)
    inner: sl.Model | None = sl.prop(default=None)
    vault: sl.Model | None = sl.prop(default=None, saved=False)


def props(recording: Recording, model: sl.Model) -> dict[str, object]:
    found: dict[str, object] = recording.doc["models"][model.id]["props"]
    return found


def test_a_document_is_recorded_with_its_roots_and_title() -> None:
    doc = sl.Document(title="Waves")
    slider = sl.Slider(value=3.0)
    doc.add_root(sl.Column(slider))
    recording = record(doc)[""]
    assert recording.doc["title"] == "Waves"
    assert recording.doc["roots"] == [doc.roots[0].id]
    assert props(recording, slider)["value"] == 3.0
    assert (recording.schema, recording.assets) == ({}, {})


def test_of_a_model_only_what_it_refers_to_is_recorded() -> None:
    doc = sl.Document(title="Waves")
    mine, other = sl.Slider(), sl.Markdown(text="other")
    doc.add_root(sl.Column(mine, other))
    recording = record(mine)[""]
    assert recording.doc["models"].keys() == {mine.id}
    assert recording.doc["title"] == ""


def test_a_model_without_a_document_stays_without_one() -> None:
    slider = sl.Slider()
    column = sl.Column(slider)
    assert record([column])[""].doc["models"].keys() == {column.id, slider.id}
    assert column.document is None


def test_models_of_several_documents_are_no_copy() -> None:
    doc = sl.Document()
    slider = sl.Slider()
    doc.add_root(slider)
    for models in ([], [slider, sl.Slider()]):
        with pytest.raises(ValueError, match="all of one document"):
            record(models)


def test_what_is_not_saved_or_not_synced_is_left_out_and_all_only_it_refers_to() -> None:
    kept, hidden = sl.Markdown(text="kept"), sl.Markdown(text="hidden")
    gauge = Gauge(secret="hunter2", inner=kept, vault=hidden)
    recording = record(gauge)[""]
    assert props(recording, gauge).keys() == {"level", "inner"}
    assert recording.doc["models"].keys() == {gauge.id, kept.id}
    assert "hunter2" not in json.dumps(msgspec.to_builtins(recording))


def test_code_of_views_is_in_a_copy_only_where_it_is_trusted() -> None:
    gauge = Gauge()
    ((hash, entry),) = record(gauge)[""].schema.items()
    assert entry["name"].endswith("/Gauge@1")
    assert entry["view"] is None
    assert record(gauge)[""].assets == {}
    trusted = record(gauge, trust=True)[""]
    view = trusted.schema[hash]["view"]
    assert trusted.assets == {view["esm"]: CODE, view["css"]: ".gauge {}"}


def test_what_another_process_says_is_not_saved_is_left_out_here_too() -> None:
    properties = {"open": {"kind": "str"}, "secret": {"kind": "str", "saved": False}}
    entry = {"name": "elsewhere/Login@1", "properties": properties, "view": None}
    hash = digest(canonical(entry))
    doc = sl.Document()
    doc.state.learn({hash: entry})
    cls: type[sl.Model] = described(f"elsewhere/Login@1#{hash}", entry)
    model = cls(open="a", secret="b")
    doc.add_root(model)
    recording = record(doc)[""]
    assert props(recording, model).keys() >= {"open"}
    assert "secret" not in props(recording, model)
    assert recording.schema[hash]["name"] == "elsewhere/Login@1"


def test_arrays_and_columns_are_inline() -> None:
    np = pytest.importorskip("numpy")
    plot = sl.LinePlot(x=np.arange(3.0), y=[np.arange(3.0)])
    (value,) = [props(record(plot)[""], plot)["x"]]
    assert isinstance(value, dict)
    assert {"$", "b64"} <= value.keys()


def test_mounted_documents_come_along_but_only_the_roots_that_are_mounted() -> None:
    inner, deep = sl.Document(), sl.Document()
    shown, other, deepest = sl.Slider(), sl.Slider(), sl.Markdown(text="deep")
    deep.add_root(deepest)
    column = sl.Column(shown, sl.Mount(doc=deep.id))
    inner.add_root(column)
    inner.add_root(other)
    doc = sl.Document()
    doc.add_root(sl.Mount(doc=inner.id, mount=column.id))
    doc.add_root(sl.Mount(doc="nowhere"))
    found = record(doc)
    assert found.keys() == {"", inner.id, deep.id}
    assert shown.id in found[inner.id].doc["models"]
    assert other.id not in found[inner.id].doc["models"]
    assert found[deep.id].doc["roots"] == [deepest.id]


def test_documents_that_mount_each_other_are_recorded_once() -> None:
    a, b = sl.Document(), sl.Document()
    a.add_root(sl.Mount(doc=b.id))
    b.add_root(sl.Mount(doc=a.id))
    assert record(a).keys() == {"", a.id, b.id}


def test_mounts_travel_through_a_file(tmp_path: Path) -> None:
    inner, doc = sl.Document(), sl.Document()
    first, second = sl.Slider(), sl.Slider()
    inner.add_root(first)
    inner.add_root(second)
    doc.add_root(sl.Mount(doc=inner.id, mount=first.id))
    assert mounts_of(doc) == {inner.id: [first.id]}
    write_mounts(tmp_path / "there", mounts_of(doc), trust=False)
    read = msgspec.json.decode((tmp_path / "there").read_bytes(), type=dict[str, Recording])
    assert read[inner.id].doc["roots"] == [first.id]
    doc.add_root(sl.Mount(doc=inner.id))
    assert mounts_of(doc) == {inner.id: None}
