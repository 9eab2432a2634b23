"""A document with one model."""

from __future__ import annotations

import pytest

from syncline import Document
from tests.document.knobs import Knob


@pytest.fixture
def document() -> Document:
    return Document("a title")


@pytest.fixture
def knob(document: Document) -> Knob:
    made = Knob()
    document.add_root(made)
    return made
