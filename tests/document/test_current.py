"""Which document is current, and which are found."""

from __future__ import annotations

import gc
import threading

import pytest

from syncline import Document, curdoc, set_curdoc
from syncline.document import find_document
from tests.document.knobs import Knob


@pytest.fixture
def no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncline.document.current._default", None)


@pytest.mark.usefixtures("no_default")
def test_there_is_a_default_document_and_another_may_be_current(document: Document) -> None:
    default = curdoc()
    assert curdoc() is default is not document
    with set_curdoc(document):
        assert curdoc() is document
        with set_curdoc(default):
            assert curdoc() is default
        elsewhere: list[Document] = []
        thread = threading.Thread(target=lambda: elsewhere.append(curdoc()))
        thread.start()
        thread.join()
        assert elsewhere == [default]
    assert curdoc() is default


@pytest.mark.usefixtures("no_default")
def test_a_closed_default_document_is_replaced() -> None:
    closed = curdoc()
    closed.close()
    assert curdoc() is not closed
    assert curdoc() is curdoc()


def test_inside_an_observer_its_document_is_current(document: Document, knob: Knob) -> None:
    seen: list[Document] = []
    knob.observe(lambda event: seen.append(curdoc()))
    knob.value = 1
    assert seen == [document]


def test_a_document_is_found_by_its_id_while_it_is_there() -> None:
    made = Document()
    id = made.id
    assert len(id) == 22
    assert find_document(id) is made
    made.close()
    assert find_document(id) is None
    named = Document(id="mine")
    assert find_document("mine") is named
    del named
    gc.collect()
    assert find_document("mine") is None
