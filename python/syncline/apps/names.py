"""Options that are one name or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def several(names: str | Iterable[str]) -> Iterable[str]:
    """Return the names; a single one is not several letters."""
    return [names] if isinstance(names, str) else names
