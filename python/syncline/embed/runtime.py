"""The built front end, as parts that stand in a page instead of beside it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

BUILT = Path(__file__).parent.parent / "static"


class NotBuilt(RuntimeError):
    """The front end of this installation has not been built."""


def script() -> str:
    """Return all of the code that shows copies, as it may stand in a script element."""
    # Neither can stand there; inside a string or a regular expression this is the same.
    return _read(_manifest()["copy"]).replace("</script", "<\\/script").replace("<!--", "\\x3c!--")


def shim() -> str:
    """Return the code that shows documents in the views of a widget (SPEC 6.6)."""
    return _read(_shim()["script"])


def shim_loader() -> str:
    """Return the code that such a widget has itself: it asks for the rest."""
    return _read(_shim()["loader"])


def page_styles() -> str:
    """Return the style sheet of a page that is a document's alone."""
    return "".join(map(_read, _manifest()["styles"]))


def shelter_styles() -> str:
    """Return the style sheet of a place in a page of others."""
    return "".join(map(_read, _manifest()["embed"]["styles"]))


def _shim() -> Any:
    # A build of an earlier version, which nobody has made anew, has none.
    built = _manifest().get("shim")
    if built is None:
        raise NotBuilt("the front end of this installation is older than its code: make build")
    return built


@cache
def _manifest() -> dict[str, Any]:
    path = BUILT / "manifest.json"
    if not path.is_file():
        raise NotBuilt("the front end of this installation has not been built: make build")
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


@cache
def _read(name: str) -> str:
    return re.sub(r"\n?//# sourceMappingURL=.*", "", (BUILT / name).read_text(encoding="utf-8"))
