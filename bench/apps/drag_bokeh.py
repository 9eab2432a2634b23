"""A slider and a text that follows it in Bokeh; its callback may take its time."""

import os
import time
from typing import Any

from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import Div, Slider
from bokeh.server.views.ws import WSHandler

NAP = float(os.environ.get("BENCH_NAP", "0"))
slider = Slider(start=0, end=1000, value=0, step=1, width=800)
text = Div(text="answer 0")


def answer(attr: str, old: float, new: float) -> None:
    """Take that time, then answer."""
    time.sleep(NAP)
    text.text = f"answer {int(new)}"


if "BENCH_MENDED" in os.environ and not hasattr(WSHandler, "shipped"):
    WSHandler.shipped = WSHandler.open

    def open_mended(self: Any, *args: Any, **kwargs: Any) -> Any:
        """Set TCP_NODELAY, which Bokeh itself does not."""
        self.set_nodelay(True)
        return self.shipped(*args, **kwargs)

    WSHandler.open = open_mended

slider.on_change("value", answer)
curdoc().add_root(column(slider, text))
