"""A document as one HTML file."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from syncline.document import Document

from .copy import record
from .html import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syncline.model import Model

    from .copy import Recording


def export(
    shown: Document | Model | Sequence[Model],
    path: str | Path,
    *,
    title: str | None = None,
    trust: bool = False,
) -> int:
    """Write a document, or models with all they refer to, to one HTML file; return its bytes.

    The file opens from disk and needs no network: the code, the styles and the data, arrays and
    columns too, are in it. It is a copy to look at, and says so. What is `prop(saved=False)` is not
    in it. Views of your own classes run only with `trust=True`, which lets code of the document run
    where the file is opened: for documents of your own. Raises OSError, and ValueError for models
    of several documents.
    """
    named, theme = ("", "auto")
    if isinstance(shown, Document):
        named, theme = shown.title, shown.theme
    documents = record(shown, trust=trust)
    return write(documents, path, title=title or named, theme=theme, trust=trust)


def write(
    documents: Mapping[str, Recording],
    path: str | Path,
    *,
    title: str,
    theme: str = "auto",
    trust: bool = False,
) -> int:
    """Write what was recorded to one HTML file, whole or not at all; return its bytes."""
    now = datetime.now(UTC)
    note = f"A copy of {now.day} {now:%B %Y, %H:%M} UTC. Changes are not kept."
    named = title or "Syncline"
    html = page(documents, title=named, theme=theme, note=note, trust=trust).encode()
    path = Path(path)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(html)
        umask = os.umask(0)
        os.umask(umask)
        Path(unfinished).chmod(0o666 & ~umask)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink()
        raise
    return len(html)
