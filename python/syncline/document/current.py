"""Which document is current, and which documents there are in this process."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .document import Document

documents: weakref.WeakValueDictionary[str, Document] = weakref.WeakValueDictionary()
current: ContextVar[Document | None] = ContextVar("syncline_document", default=None)
_default: Document | None = None


def find_document(id: str) -> Document | None:
    """Return the document of this process with an id."""
    return documents.get(id)


def curdoc() -> Document:
    """Return the current document: the served session's, or the process's default one."""
    global _default  # noqa: PLW0603
    from .document import Document

    found = current.get()
    if found is not None:
        return found
    if _default is None or _default.session.ended is not None:
        _default = Document()
    return _default


@contextmanager
def set_curdoc(document: Document) -> Iterator[Document]:
    """Make a document current inside the `with` block, in this context only."""
    token = current.set(document)
    try:
        yield document
    finally:
        current.reset(token)
