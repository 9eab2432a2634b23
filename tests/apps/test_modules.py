"""What code of an app is called, and whose globals it finds under that name."""

from __future__ import annotations

import pickle
import sys
import typing
from pathlib import Path

import pytest

import syncline as sl
from syncline.apps import Application, application_for
from syncline.core.ops import Add
from syncline.model.schema import wire_type

SOURCE = """
import dataclasses
import syncline as sl

LIMIT = int(sl.curdoc().title)

class Other(sl.Model):
    pass

class Thing(sl.Model):
    creatable = True
    other: "Other | None" = sl.prop(default=None, client=True)

    def limit(self):
        return LIMIT

@dataclasses.dataclass
class Row:
    other: "Other"

thing = sl.curdoc().add_root(Thing(other=Other()))
def row():
    return Row(thing.other)
"""


def opened(app: Application, title: str) -> sl.Document:
    doc = sl.Document(title)
    app.initialize_document(doc)
    return doc


@pytest.fixture
def app(tmp_path: Path) -> Application:
    (tmp_path / "things.py").write_text(SOURCE)
    return application_for(tmp_path / "things.py")


def test_types_have_the_same_name_in_every_session_and_after_a_restart(app: Application) -> None:
    one, two = opened(app, "1"), opened(app, "2")
    assert [wire_type(type(doc.roots[0])) for doc in (one, two)] == [
        wire_type(type(one.roots[0]))
    ] * 2
    assert one.roots[0].type_name == "syncline_app_things/Thing@1"
    assert type(one.roots[0]) is not type(two.roots[0])
    for doc in (one, two):
        app.close_document(doc)


def test_sessions_do_not_see_each_others_globals(app: Application) -> None:
    one, two = opened(app, "1"), opened(app, "2")
    assert [doc.roots[0].limit() for doc in (one, two)] == [1, 2]  # type: ignore[attr-defined]
    for doc in (one, two):
        app.close_document(doc)


def test_the_name_stands_for_the_module_of_the_current_document(app: Application) -> None:
    one, two = opened(app, "1"), opened(app, "2")
    module = sys.modules["syncline_app_things"]
    for doc, limit in ((one, 1), (two, 2), (one, 1)):
        with sl.set_curdoc(doc):
            assert limit == module.LIMIT == vars(module)["LIMIT"]
            row = module.row()
            assert pickle.loads(pickle.dumps(type(row))) is type(row)
            assert typing.get_type_hints(type(row)) == {"other": type(row.other)}
    # No document, as in a thread of one's own: the newest.
    assert module.LIMIT == 2
    app.close_document(two)
    assert module.LIMIT == 1
    with pytest.raises(AttributeError):
        _ = module.nothing
    app.close_document(one)
    assert "syncline_app_things" not in sys.modules


def test_a_model_that_a_view_makes_is_of_its_own_sessions_class(app: Application) -> None:
    one, two = opened(app, "1"), opened(app, "2")
    for doc in (one, two):
        kind = type(doc.roots[0])
        assert doc.state.find("syncline_app_things/Thing@1") is kind
        assert doc.state.find(wire_type(kind)) is kind
        doc.session.local(Add("new", wire_type(kind), {}))
        assert type(doc.models["new"]) is kind
        app.close_document(doc)


def test_classes_of_a_function_are_its_own_sessions_too() -> None:
    def make(doc: sl.Document) -> None:
        class Note(sl.Model, type="test_modules/Note@1"):
            pass

        doc.add_root(Note())

    app = application_for(make)
    one, two = app.create_document(), app.create_document()
    assert one.state.find("test_modules/Note@1") is type(one.roots[0])
    assert two.state.find("test_modules/Note@1") is type(two.roots[0])


def test_each_app_finds_the_module_that_lies_beside_it(tmp_path: Path) -> None:
    apps = []
    for name in ("a", "b"):
        folder = tmp_path / name
        (folder / "package_beside").mkdir(parents=True)
        (folder / "module_beside.py").write_text(f"name = {name!r}")
        (folder / "package_beside" / "__init__.py").write_text("from .inner import name")
        (folder / "package_beside" / "inner.py").write_text(f"name = {name!r}")
        (folder / "app.py").write_text(
            "import syncline as sl, module_beside, package_beside\n"
            "sl.curdoc().title = module_beside.name + package_beside.name\n"
            "sl.curdoc().template_variables['seen'] = module_beside\n"
        )
        apps.append(application_for(folder / "app.py"))
    a, b = apps
    docs = [app.create_document() for app in (a, b, a, b)]
    assert [doc.title for doc in docs] == ["aa", "bb", "aa", "bb"]
    seen = [doc.template_variables["seen"] for doc in docs]
    assert seen[0] is seen[2], "once per process, not per session"
    assert seen[1] is seen[3]
