"""The icon of a browser's tab."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import quote

_HERE = Path(__file__).parent


@cache
def favicon() -> bytes:
    """Return the icon as a file, for who asks for one where all sites have it."""
    return (_HERE / "favicon.ico").read_bytes()


@cache
def icon_url() -> str:
    """Return the icon as an address that costs a page no request."""
    svg = (_HERE / "favicon.svg").read_text(encoding="utf-8").strip()
    return f"data:image/svg+xml,{quote(svg)}"
