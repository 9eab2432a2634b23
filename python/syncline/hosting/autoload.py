"""The script that a page of another site has inside to show an application (docs/embedding.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nothing in it belongs to a session, and every address is derived from its own at run time.
_SCRIPT = """\
(() => {
  const script = document.currentScript;
  const at = (name) => new URL("../static/" + name, script.src).href;
  import(at(%s)).then(
    ({ embed }) => embed(script, %s.map(at)),
    (error) => console.error("Syncline:", error),
  );
})();
"""
_NOT_BUILT = 'console.error("Syncline: the front end of this server has not been built");\n'
HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}


def autoload(manifest: Mapping[str, Any]) -> str:
    """Return the script around a build of the front end, the same for every application."""
    embed = manifest.get("embed")
    if embed is None:
        return _NOT_BUILT
    return _SCRIPT % (json.dumps(embed["script"]), json.dumps(embed["styles"]))
