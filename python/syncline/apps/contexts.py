"""What an application's code may know about where it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncline.apps.application import Application


@dataclass(frozen=True)
class ApplicationContext:
    """One application at one address of one server."""

    name: str
    application: Application


@dataclass(frozen=True)
class SessionContext:
    """One visit: who asked, and with which arguments."""

    id: str
    application: ApplicationContext
    user: str | None = None
    arguments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The page's query; a name may come several times."""
