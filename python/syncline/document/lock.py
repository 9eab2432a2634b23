"""The lock of a document, as those outside the engine hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .document import Document


class Lock:
    """Guards a document: whoever holds it, in `with`, sees no change of others.

    Callbacks wait until it is let go, so that they may wait for threads that change the document.
    """

    __slots__ = ("_document",)

    def __init__(self, document: Document) -> None:
        self._document = document

    def __enter__(self) -> None:
        self._document.engine.lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._document.engine.lock.release()
        self._document.observers.settled()
