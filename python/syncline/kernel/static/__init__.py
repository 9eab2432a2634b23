"""A document without code: html and text that any viewer shows.

Each file has a twin in `labextension/src/lab/static`, which writes the same when a notebook is
saved; `tests/vectors/static.json` holds both to it.
"""

from __future__ import annotations

from .html import static_html
from .models import StaticModel
from .text import static_text

__all__ = ["StaticModel", "static_html", "static_text"]
