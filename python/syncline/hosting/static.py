"""The built front end's files, found once: a request can name one of them or nothing."""

from __future__ import annotations

import json
import mimetypes
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILT = Path(__file__).parent.parent / "static"
_HASHED = re.compile(r"-[0-9A-Za-z_]{8,}\.[a-z0-9]+(\.map)?$")
_CODINGS = {"br": ".br", "gzip": ".gz"}
"""The tightest first."""
_NEVER = re.compile(r"^\s*q\s*=\s*0(\.0*)?\s*$")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json"}


@dataclass(frozen=True)
class StaticFile:
    """One file, with what a response needs."""

    path: Path
    content_type: str
    encoding: str | None
    immutable: bool
    """Its name changes with its content."""

    @property
    def body(self) -> bytes:
        """The bytes, compressed where `encoding` says so; read once, so that no loop waits."""
        return _read(self.path)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a response with this file."""
        always = "public, max-age=31536000, immutable" if self.immutable else "no-cache"
        headers = {
            "Content-Type": self.content_type,
            "Cache-Control": always,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        return headers | ({"Content-Encoding": self.encoding} if self.encoding else {})


class StaticFiles:
    """All files of a folder as it was at the start."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._files = dict(_scan(folder))

    def find(self, name: str, accept_encoding: str = "") -> StaticFile | None:
        """Return a file by its name, compressed as tightly as there is and as is accepted."""
        path = self._files.get(name)
        if path is None:
            return None
        accepted = _accepted(accept_encoding)
        coding = next((c for c in _CODINGS if c in accepted and self._packed(name, c)), None)
        kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0]
        if kind is None or kind.startswith("text/") or path.suffix in _TYPES:
            kind = f"{kind or 'application/octet-stream'}{'; charset=utf-8' if kind else ''}"
        packed = self._packed(name, coding) if coding else None
        return StaticFile(packed or path, kind, coding, bool(_HASHED.search(name)))

    def _packed(self, name: str, coding: str) -> Path | None:
        return self._files.get(f"{name}{_CODINGS[coding]}")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the front end's build wrote about the page: script, styles, what views need."""
        path = self._files.get("manifest.json")
        return json.loads(path.read_text(encoding="utf-8")) if path else {}


def _scan(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _accepted(accept_encoding: str) -> frozenset[str]:
    parts = [part.partition(";") for part in accept_encoding.lower().split(",")]
    return frozenset(name.strip() for name, _, quality in parts if not _NEVER.search(quality))


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()
