"""The parts of HTML that carry a copy."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec

from . import runtime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .copy import Recording

ROOT = "syncline-root"
_PAGE = """\
<!doctype html>
<html lang="en"{theme}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main id="{root}" class="syncline-root"></main>
<noscript>This page needs JavaScript.</noscript>
{data}
<script type="module">{script}</script>
</body>
</html>
"""


def page(
    documents: Mapping[str, Recording],
    *,
    title: str,
    note: str,
    trust: bool,
    theme: str = "auto",
) -> str:
    """Return a page that is whole by itself: it needs no server and no network, and uses none."""
    style, script = runtime.page_styles(), runtime.script()
    return _PAGE.format(
        policy=escape(_policy(style, script, trust=trust)),
        title=escape(title),
        theme="" if theme == "auto" else f' data-theme="{theme}"',
        style=style,
        root=ROOT,
        data=data({ROOT: None}, documents, note),
        script=script,
    )


def data(
    places: Mapping[str, str | None],
    documents: Mapping[str, Recording],
    note: str,
    styles: str | None = None,
) -> str:
    """Return the element with a copy's content, and which root is shown in which element.

    With `styles` each element is sheltered from those of the page.
    """
    content: dict[str, Any] = {"places": places, "documents": documents, "note": note}
    text = msgspec.json.encode({**content, "styles": styles} if styles is not None else content)
    # Nothing in it can end the element.
    safe = text.replace(b"<", b"\\u003c").decode()
    return f'<script type="application/json" class="syncline-copy">{safe}</script>'


def _policy(style: str, script: str, *, trust: bool) -> str:
    """Return the policy of the page: its own code and nothing else, no connection to anywhere.

    `data:` is how icons are fetched; view code, where it may be there at all, runs from `blob:`.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(script)}{' blob:' if trust else ''}",
            f"style-src {_hash(style)}",
            "style-src-attr 'unsafe-inline'",
            "img-src data: blob:",
            "media-src data: blob:",
            "font-src data:",
            "connect-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
