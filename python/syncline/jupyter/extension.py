"""Put the extension into a running Jupyter server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.jupyter.config import Syncline
from syncline.jupyter.guard import STATE
from syncline.jupyter.nodelay import send_at_once
from syncline.jupyter.routes import rules
from syncline.jupyter.state import ExtensionState

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def load(serverapp: ServerApp) -> None:
    """Register the settings, the state and the routes."""
    serverapp.classes = [*serverapp.classes, Syncline]
    config = Syncline(parent=serverapp)
    settings = serverapp.web_app.settings
    settings[STATE] = ExtensionState.of(serverapp, config)
    if config.nodelay:
        send_at_once(settings)
    serverapp.web_app.add_handlers(".*$", rules(settings["base_url"]))
    serverapp.log.info("syncline: ready at %ssyncline/", settings["base_url"])
