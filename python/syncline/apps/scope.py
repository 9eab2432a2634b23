"""Whose a session is."""

from __future__ import annotations

from typing import Literal, get_args

Scope = Literal["shared", "private", "global"]
"""`shared`: a user's or, of somebody unknown, a browser's; `private`: a tab's; `global`:
everybody's."""


def checked_scope(scope: Scope) -> Scope:
    """Return it. Raises ValueError for another word, which would be taken for `shared`."""
    if scope not in get_args(Scope):
        raise ValueError(f"expected a session to be {', '.join(get_args(Scope))}, got {scope!r}")
    return scope
