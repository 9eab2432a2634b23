"""From what a user gives to applications by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from syncline.apps import Application, Source, application_for
from syncline.hosting.errors import BadName

RESERVED = frozenset(
    {"admin", "auth", "favicon.ico", "healthz", "login", "logout", "metrics", "readyz", "static"}
)
_NAME = re.compile(r"^[^/\\?#%\s.][^/\\?#%\s]*$")

Sources = Source | Mapping[str, Source]


def named_applications(sources: Sources) -> dict[str, Application]:
    """Return applications by name; one that is given alone is called after its file or function."""
    if not isinstance(sources, Mapping):
        sources = {name_of(sources): sources}
    named = {name.strip("/"): application_for(source) for name, source in sources.items()}
    for name in named:
        check_name(name)
    return named


def name_of(source: Source) -> str:
    """Return the name of an application in its URL."""
    if isinstance(source, str | Path):
        path = Path(source)
        return re.sub(r"\s+", "-", path.stem or path.resolve().stem)
    return getattr(source, "__name__", "app")


def check_name(name: str) -> None:
    """Raise `BadName` for a name that cannot be one segment of a URL, or is a route of ours."""
    if name in RESERVED or not _NAME.match(name):
        raise BadName(f"an app cannot be called {name!r}")


def normal_prefix(prefix: str) -> str:
    """Return a prefix with a slash before it and none behind; the empty one is empty."""
    inner = prefix.strip("/")
    if inner and not all(_NAME.match(name) for name in inner.split("/")):
        raise BadName(f"the prefix cannot be {prefix!r}")
    return f"/{inner}" if inner else ""
