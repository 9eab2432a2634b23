"""A slider whose callback takes its time, in Bokeh."""

import time

from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import Div, Slider

slider = Slider(start=0, end=1000, value=0, step=1, width=800)
text = Div(text="answer 0")


def answer(attr: str, old: float, new: float) -> None:
    """Take 50 ms, then answer."""
    time.sleep(0.05)
    text.text = f"answer {int(new)}"


slider.on_change("value", answer)
curdoc().add_root(column(slider, text))
