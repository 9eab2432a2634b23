"""A slider, its square, and a mark of the session in Bokeh."""

import secrets

from bokeh.io import curdoc
from bokeh.layouts import column
from bokeh.models import Div, Slider

slider = Slider(start=0, end=100, value=3, step=1, title="number")
text = Div(text="square 9")
mark = Div(text="mark " + secrets.token_hex(4))
slider.on_change("value", lambda attr, old, new: setattr(text, "text", f"square {int(new) ** 2}"))
curdoc().add_root(column(slider, text, mark))
