"""The jupyter-server extension: documents, apps and session servers under the user's own URL.

Importing this package costs nothing: the handlers are imported when the server loads the extension.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__: list[str] = []


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "syncline.jupyter"}]


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    from syncline.jupyter.extension import load

    load(serverapp)
