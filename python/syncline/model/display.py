"""How a model or document shows itself in a notebook; the kernel room sets the hook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Bundle = dict[str, Any] | tuple[dict[str, Any], dict[str, Any]]
"""Data by MIME type, perhaps with metadata."""

hook: Callable[[Any], Bundle] | None = None
"""Returns the MIME bundle of a model or document; None outside a kernel."""

element: Callable[[Any], Any] = repr
"""Returns what shows a model or document in marimo."""


def bundle(value: Any) -> Bundle:
    """Return the MIME bundle of a model or document."""
    return hook(value) if hook is not None else {"text/plain": repr(value)}
