"""Bokeh: a slider whose Python callback sets the text of a Div; as shipped or mended."""

from __future__ import annotations

import argparse
import logging
from typing import Any

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.models import Div, Slider
from bokeh.server.server import Server
from bokeh.server.views.ws import WSHandler


def mend() -> None:
    """Set TCP_NODELAY on Bokeh's websockets, which Bokeh itself does not."""
    shipped = WSHandler.open

    def open_mended(self: WSHandler, *args: Any, **kwargs: Any) -> Any:
        self.set_nodelay(True)
        return shipped(self, *args, **kwargs)

    WSHandler.open = open_mended


def app(document: Document) -> None:
    """Fill a session's document."""
    slider = Slider(start=0, end=1e9, value=0, step=1, name="slider")
    label = Div(text="", name="label")
    slider.on_change("value", lambda attr, old, new: setattr(label, "text", str(new)))
    document.add_root(slider)
    document.add_root(label)


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mended", action="store_true")
    options = parser.parse_args()
    logging.getLogger("bokeh").setLevel(logging.ERROR)
    if options.mended:
        mend()
    application = Application(FunctionHandler(app))
    server = Server({"/app": application}, port=options.port, address="127.0.0.1")
    server.start()
    server.io_loop.start()


if __name__ == "__main__":
    main()
