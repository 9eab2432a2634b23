"""Copies of models as pieces of a page that a template makes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from html import escape
from typing import overload

from syncline.document import Document
from syncline.model import Model

from . import runtime
from .copy import record
from .html import data

Pieces = tuple[str, str]
Shown = Document | Model


@overload
def components(
    shown: Shown, *, nonce: str | None = None, trust: bool = False
) -> tuple[str, str]: ...


@overload
def components(
    shown: Mapping[str, Model], *, nonce: str | None = None, trust: bool = False
) -> tuple[str, dict[str, str]]: ...


@overload
def components(
    shown: Sequence[Model], *, nonce: str | None = None, trust: bool = False
) -> tuple[str, tuple[str, ...]]: ...


def components(
    shown: Shown | Mapping[str, Model] | Sequence[Model],
    *,
    nonce: str | None = None,
    trust: bool = False,
) -> tuple[str, str | dict[str, str] | tuple[str, ...]]:
    """Return the script and the `div` that show a copy of a document or a model in a page.

    For a dict, or several models of one document, one script and as many `div`s, in a dict or a
    tuple. The script has the code, the styles and the data in it; it stands anywhere in the page,
    once. The copies are to be looked at and not to be edited, and no style of the page reaches
    them. `trust` is as in `export`, `nonce` that of the page's Content-Security-Policy.
    """
    if isinstance(shown, Document | Model):
        root = shown.id if isinstance(shown, Model) else None
        script, (div,) = _pieces(shown, [root], nonce, trust=trust)
        return script, div
    models = list(shown.values() if isinstance(shown, Mapping) else shown)
    script, divs = _pieces(models, [model.id for model in models], nonce, trust=trust)
    if isinstance(shown, Mapping):
        return script, dict(zip(shown, divs, strict=True))
    return script, tuple(divs)


def _pieces(
    shown: Shown | Sequence[Model],
    roots: Sequence[str | None],
    nonce: str | None,
    *,
    trust: bool,
) -> tuple[str, list[str]]:
    places = {f"syncline-{secrets.token_hex(8)}": root for root in roots}
    content = data(places, record(shown, trust=trust), "", runtime.shelter_styles())
    given = f' nonce="{escape(nonce)}"' if nonce is not None else ""
    script = f'{content}\n<script type="module"{given}>{runtime.script()}</script>'
    return script, [f'<div id="{place}"></div>' for place in places]
