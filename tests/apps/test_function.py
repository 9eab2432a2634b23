from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import syncline as sl
from syncline.apps import Application, AppLoadError, FunctionHandler, application_for

if TYPE_CHECKING:
    from syncline.document import Document


def test_the_function_gets_the_document_which_is_also_current() -> None:
    seen: list[Document] = []

    def app(doc: Document) -> None:
        seen.extend((doc, sl.curdoc()))

    doc = application_for(app).create_document()
    assert seen == [doc, doc]
    assert sl.curdoc() is not doc


def test_each_session_has_a_document_of_its_own() -> None:
    app = application_for(lambda doc: doc.add_root(sl.Markdown(text="x")))
    one, two = app.create_document(), app.create_document()
    assert one.id != two.id
    assert one.roots[0] is not two.roots[0]


def test_several_handlers_fill_one_document_in_order() -> None:
    first = FunctionHandler(lambda doc: doc.add_root(sl.Markdown(text="first")))
    second = FunctionHandler(lambda doc: doc.add_root(sl.Markdown(text="second")))
    doc = Application(first, second).create_document()
    assert [root.text for root in doc.roots if isinstance(root, sl.Markdown)] == ["first", "second"]


def test_an_error_carries_the_authors_traceback_and_an_id() -> None:
    def broken(doc: Document) -> None:
        raise ValueError("details")

    with pytest.raises(AppLoadError) as caught:
        application_for(broken).create_document()
    error = caught.value
    assert "ValueError: details" in error.traceback
    assert "in broken" in error.traceback
    assert "modify_document" not in error.traceback
    assert error.error_id in str(error)
    assert "details" not in str(error)
