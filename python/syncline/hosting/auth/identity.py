"""Who makes a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Identity:
    """Somebody who is let in; a stranger has none.

    `user` tells one from all others, and sessions belong to it; it is None where all who know one
    secret are alike. `claims` are what the provider says besides, such as `email`.
    """

    user: str | None = None
    name: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict)
