"""From a live document to bytes, and from these to one that was made anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import syncline as sl
from syncline.core.ops import Add, Set, Splice
from syncline.core.values import MAX_BUFFERS
from syncline.document import Document
from syncline.document.restore import Report, SchemaChanged, restore
from syncline.document.saved import SavedDocument, Writer, read
from syncline.model import catalogue
from syncline.sync.link import Link
from syncline.sync.peer import Peer
from syncline.sync.replica import Replica

Fill = Callable[[Document], object]


class Form(sl.Model, type="test/Form@1"):
    name: str = sl.prop(default="", client=True, max_length=9)
    secret: str = sl.prop(default="", client=True, saved=False)
    tags: list[str] = sl.prop(default=[], client=True)
    table: sl.Columns = sl.prop(factory=lambda: sl.Columns({"x": np.zeros(2)}))
    state: str = sl.prop(default="new", readonly=True)
    parts: list[sl.Model] = sl.prop(factory=list, client=True)
    creatable = True


def made(fill: Fill) -> Document:
    doc = Document()
    fill(doc)
    return doc


def saved(writer: Writer) -> SavedDocument:
    return read(memoryview(writer.frame()[1]))[0]


def carried(
    fill: Fill, change: Callable[[Any], object], again: Fill | None = None
) -> tuple[Report, Document]:
    """Make a document, change it, and restore that into another."""
    first = made(fill)
    writer = Writer(first)
    change(first)
    second = made(again or fill)
    return restore(second, saved(writer)), second


def page(doc: Document) -> Link:
    """Return a page of a document, whose frames go both ways until nothing moves."""
    peer = Peer(doc.session)
    out: list[Any] = []
    link = Link(Replica(), out.append)
    link.open(0)
    for frame in peer.open():
        link.receive(frame, 0)

    def run() -> None:
        while out or (frame := peer.take()) is not None:
            if out:
                peer.receive(out.pop(0))
            elif frame is not None:
                link.receive(frame, 0)

    link.run = run  # type: ignore[attr-defined]
    run()
    return link


def test_what_a_viewer_has_entered_is_there_again() -> None:
    def change(doc: Any) -> None:
        (form,) = doc.roots
        form.name = "Ada"
        form.tags.append("x")
        form.table = {"x": np.arange(3.0)}
        with form.unlocked():
            form.state = "sent"

    report, doc = carried(lambda doc: doc.add_root(Form()), change)
    (form,) = doc.roots
    assert isinstance(form, Form)
    assert (form.name, form.tags, form.state) == ("Ada", ["x"], "sent")
    assert list(form.table["x"]) == [0, 1, 2]
    assert (report.restored, report.models, report.values) == (4, [], [])


def test_what_is_not_to_be_saved_never_gets_there() -> None:
    first = made(lambda doc: doc.add_root(Form()))
    writer = Writer(first)
    (form,) = first.roots
    assert isinstance(form, Form)
    form.secret, form.name = "hush", "Ada"
    _, data = writer.frame()
    assert b"hush" not in data
    assert b"Ada" in data
    second = made(lambda doc: doc.add_root(Form(secret="own")))
    restore(second, read(memoryview(data))[0])
    (again,) = second.roots
    assert isinstance(again, Form)
    assert (again.secret, again.name) == ("own", "Ada")


class Vault(sl.Model, type="test/Vault@1"):
    inside: list[sl.Model] = sl.prop(factory=list, saved=False)
    outside: list[sl.Model] = sl.prop(factory=list)


def test_what_only_that_refers_to_does_not_get_there_either() -> None:
    doc = made(lambda doc: doc.add_root(Vault()))
    writer, vault = Writer(doc), doc.roots[0]
    assert isinstance(vault, Vault)
    form, part = Form(name="Ada"), Form(name="Eve")
    form.parts, part.parts = [part], [form]
    vault.inside = [form]
    data = writer.frame()[1]
    assert b"Ada" not in data
    assert b"Eve" not in data
    vault.outside = [part]
    assert {b"Ada", b"Eve"} == {name for name in (b"Ada", b"Eve") if name in writer.frame()[1]}
    vault.outside = []
    data = writer.frame()[1]
    assert b"Ada" not in data
    assert b"Eve" not in data


def test_what_a_viewer_typed_last_is_not_kept_with_its_outcome_either() -> None:
    doc = made(lambda doc: doc.add_root(Form()))
    writer, link = Writer(doc), page(doc)
    m, new = doc.roots[0].id, f"{link.replica.client}-1"
    link.replica.begin()
    for op in (
        Set(m, ["secret"], "hush"),
        Set(m, ["name"], "Ada"),
        Add(new, "test/Form@1", {"secret": "hush", "name": "Eve"}),
        Splice(m, ["parts"], 0, 0, [sl.core.values.Ref(new)]),
        Set(new, ["secret"], "hush"),
    ):
        link.replica.local(op)
    link.replica.commit()
    link.flush(0)
    link.run()  # type: ignore[attr-defined]
    form: Any = doc.roots[0]
    assert (form.secret, form.parts[0].secret) == ("hush", "hush")
    _, data = writer.frame()
    assert b"hush" not in data
    (client,) = read(memoryview(data))[0].clients()
    assert client.result is not None
    first, added, *rest = client.result.content.ops
    assert first == Set(m, ["name"], "Ada")
    assert added.props["name"] == "Eve"
    assert "secret" not in added.props
    assert [type(op) for op in rest] == [Splice]
    form.parts = []
    doc.session.collect()
    assert b"hush" not in writer.frame()[1]


def test_what_the_code_has_made_goes_by_the_code_as_it_is_now() -> None:
    def old(doc: Document) -> None:
        doc.add_root(sl.Column(sl.Markdown("Helo"), Form(name="x")))

    def new(doc: Document) -> None:
        doc.add_root(sl.Column(sl.Markdown("Hello"), Form(name="y")))

    def change(doc: Any) -> None:
        doc.roots[0].children[1].tags = ["a"]

    _, doc = carried(old, change, new)
    text, form = doc.roots[0].children  # type: ignore[attr-defined]
    assert (text.text, form.name, form.tags) == ("Hello", "y", ["a"])


def test_a_key_finds_its_model_wherever_it_is_now() -> None:
    def old(doc: Document) -> None:
        doc.add_root(sl.Column(Form(key="a"), Form(key="b")))

    def new(doc: Document) -> None:
        doc.add_root(sl.Row(Form(), sl.Column(Form(key="b"))))

    def change(doc: Any) -> None:
        for name, form in zip("AB", doc.roots[0].children, strict=True):
            form.name = name

    report, doc = carried(old, change, new)
    assert [form.name for form in doc.select(type=Form)] == ["", "B"]  # type: ignore[attr-defined]
    (lost,) = report.models
    assert (lost.type, lost.key, lost.values) == ("test/Form@1", "a", {"name": "A"})
    assert str(report) == "1 values restored; no place for test/Form@1 a"


def test_observers_hear_of_everything_at_once_and_from_whom() -> None:
    heard: list[Any] = []

    def fill(doc: Document) -> None:
        form = Form()
        form.observe(
            lambda event: heard.append((event.name, event.old, event.new, event.origin, form.tags)),
            ["name", "tags"],
        )
        doc.add_root(form)

    def change(doc: Any) -> None:
        doc.roots[0].name = "A"
        doc.roots[0].name = "Ada"
        doc.roots[0].tags = ["x"]

    carried(fill, change)
    assert heard[-2:] == [
        ("name", "", "Ada", "restore", ["x"]),
        ("tags", [], ["x"], "restore", ["x"]),
    ]


def test_what_observers_build_meanwhile_gets_its_values_too() -> None:
    def fill(doc: Document) -> None:
        rows = sl.Column()
        count = sl.Slider(value=1.0, min=0.0, max=9.0)

        def build(_: Any = None) -> None:
            rows.children = [Form(key=f"row {n}") for n in range(int(count.value))]

        count.observe(build, "value")
        build()
        doc.add_root(sl.Column(count, rows))

    def change(doc: Any) -> None:
        count, rows = doc.roots[0].children
        count.value = 3.0
        for n, form in enumerate(rows.children):
            form.name = f"n{n}"

    report, doc = carried(fill, change)
    rows = doc.roots[0].children[1]  # type: ignore[attr-defined]
    assert [form.name for form in rows.children] == ["n0", "n1", "n2"]
    assert not report.models


def test_an_order_that_was_changed_comes_back_but_not_with_what_is_not_there() -> None:
    def fill(doc: Document) -> None:
        doc.add_root(Form(parts=[sl.Markdown("1", key="1"), sl.Markdown("2", key="2")]))

    report, doc = carried(fill, lambda doc: doc.roots[0].parts.reverse())
    assert [part.text for part in doc.roots[0].parts] == ["2", "1"]  # type: ignore[attr-defined]
    assert report.restored == 1

    def more(doc: Any) -> None:
        doc.roots[0].parts.append(sl.Markdown("3"))

    report, doc = carried(fill, more)
    assert [part.text for part in doc.roots[0].parts] == ["1", "2"]  # type: ignore[attr-defined]
    assert [(one.name, one.reason) for one in report.values] == [
        ("parts", "a model of it is not there")
    ]
    assert [one.type for one in report.models] == ["ui/Markdown@1"]


def test_a_value_that_is_not_taken_any_more_is_reported() -> None:
    first = made(lambda doc: doc.add_root(Form()))
    writer = Writer(first)
    first.roots[0].name = "Ada"  # type: ignore[attr-defined]
    kept = saved(writer)
    (model,) = kept.state.models.values()
    model.props["name"] = "much too long"
    second = made(lambda doc: doc.add_root(Form()))
    report = restore(second, kept)
    assert report.restored == 0
    assert [(one.name, one.value) for one in report.values] == [("name", "much too long")]
    assert str(report) == "0 values restored; no place for Form.name"


def test_types_with_other_properties_are_refused_by_name() -> None:
    def change(doc: Any) -> None:
        doc.roots[0].a = 2

    def app(**more: Any) -> Fill:
        body = {"__annotations__": {"a": int, **more}, "a": sl.prop(default=1)}
        body |= {name: sl.prop(default=None) for name in more}

        def fill(doc: Document) -> None:
            cls: Any = type("Own", (sl.Model,), dict(body), type="test/Own@1")
            doc.add_root(cls())

        return fill

    with pytest.raises(SchemaChanged) as caught:
        carried(app(), change, app(b=Any))
    assert caught.value.types == ("test/Own@1",)
    with pytest.raises(SchemaChanged):
        carried(app(b=int), change, app(b=str))


def test_another_text_or_view_of_a_type_is_not_another_type() -> None:
    def app(doc: str, default: int, esm: str) -> Fill:
        def fill(document: Document) -> None:
            body = {"__annotations__": {"a": int}, "a": sl.prop(default=default, doc=doc)}
            cls: Any = type("Own", (sl.Model,), {**body, "_esm": esm}, type="test/Own@1")
            document.add_root(cls())

        return fill

    def change(doc: Any) -> None:
        doc.roots[0].a = 7

    _, doc = carried(app("one", 1, "export {}"), change, app("two", 2, "export {};"))
    assert doc.roots[0].a == 7  # type: ignore[attr-defined]
    assert catalogue.find("test/Own@1") is not None


def test_more_changes_than_the_log_holds_are_all_restored() -> None:
    def change(doc: Any) -> None:
        doc.roots[0].name = "Ada"
        doc.session.log.shrink(0)
        for n in range(5000):
            doc.roots[0].tags = [str(n)]

    _, doc = carried(lambda doc: doc.add_root(Form()), change)
    assert (doc.roots[0].name, doc.roots[0].tags) == ("Ada", ["4999"])  # type: ignore[attr-defined]


def test_many_arrays_fit_one_frame() -> None:
    def fill(doc: Document) -> None:
        for _ in range(MAX_BUFFERS + 1):
            doc.add_root(Form())

    def change(doc: Any) -> None:
        doc.roots[-1].table = {"x": np.arange(3.0)}

    _, doc = carried(fill, change)
    assert list(doc.roots[-1].table["x"]) == [0, 1, 2]  # type: ignore[attr-defined]


def test_the_records_of_clients_come_along() -> None:
    doc = made(lambda doc: doc.add_root(Form()))
    writer = Writer(doc)
    m = doc.roots[0].id
    one, two = page(doc), page(doc)
    page(doc)
    one.replica.local(Set(m, ["name"], "Ada"))
    one.flush(0)
    two.replica.local(Splice(m, ["tags"], 0, 0, ["x"]))
    two.flush(0)
    for link in (one, two):
        link.run()  # type: ignore[attr-defined]
    two.replica.local(Set(m, ["name"], "much too long"))
    two.flush(0)
    two.run()  # type: ignore[attr-defined]
    kept = saved(writer)
    first, second = kept.clients()
    assert kept.about.issued == 3
    assert (first.id, first.last_seq, second.id, second.last_seq) == ("c1", 1, "c2", 2)
    assert first.result is not None
    assert first.result.content.ops == [Set(m, ["name"], "Ada")]
    assert second.result is not None
    assert second.result.content.code == "invalid-value"
    again = made(lambda doc: doc.add_root(Form()))
    clients = again.session.clients
    clients.restore(kept.clients(), kept.about.issued, 0)
    assert clients.resume("c1", one.resume_key, 0) is not None
    assert clients.resume("c2", one.resume_key, 0) is None


def test_a_model_that_a_view_has_made_is_told_as_lost() -> None:
    doc = made(lambda doc: doc.add_root(Form()))
    writer = Writer(doc)
    link = page(doc)
    m, new = doc.roots[0].id, f"{link.replica.client}-1"
    link.replica.local(Add(new, "test/Form@1", {"name": "Ada"}))
    link.replica.local(Splice(m, ["parts"], 0, 0, [sl.core.values.Ref(new)]))
    link.flush(0)
    link.run()  # type: ignore[attr-defined]
    again = made(lambda doc: doc.add_root(Form()))
    report = restore(again, saved(writer))
    (lost,) = report.models
    assert lost.values["name"] == "Ada"
    assert [one.name for one in report.values] == ["parts"]
