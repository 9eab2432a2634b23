"""Which document is current, and which documents there are in this process."""

from __future__ import annotations

import itertools
import secrets
import weakref
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .document import Document

_seed: str | None = None
_made = itertools.count()
documents: weakref.WeakValueDictionary[str, Document] = weakref.WeakValueDictionary()
current: ContextVar[Document | None] = ContextVar("syncline_document", default=None)
_default: Document | None = None


def find_document(id: str) -> Document | None:
    """Return the document of this process with an id."""
    return documents.get(id)


def new_id() -> str:
    """Return the id of a document that is given none."""
    if _seed is None:
        return secrets.token_urlsafe(16)
    digest = sha256(f"{_seed} {next(_made)}".encode()).digest()
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def number_documents(seed: str | None) -> None:
    """Let the documents of this process have the same ids each time it runs, from now on.

    The id of one comes of `seed` and of how many were made before; with None it is random again.
    """
    global _seed  # noqa: PLW0603  one for the process, as `documents` is
    _seed = seed


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
