"""A slider, its square, and a mark of the session in Bokeh."""

import secrets

from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import Div, Slider

token = secrets.token_hex(4)
slider = Slider(start=0, end=100, value=3, step=1, title="number")
text = Div(text="square 9")
mark = Div(text=f"mark {token} 3")


def answer(attr: str, old: float, new: float) -> None:
    """Say the square, and who says it."""
    text.text = f"square {int(new) ** 2}"
    mark.text = f"mark {token} {int(new)}"


slider.on_change("value", answer)
curdoc().add_root(column(slider, text, mark))
