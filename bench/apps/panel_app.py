"""A slider and a text in Panel."""

import panel as pn

slider = pn.widgets.IntSlider(name="number", start=0, end=100, value=1)
text = pn.pane.HTML(pn.bind(lambda value: f"square {value**2}", slider))
pn.Column(slider, text).servable()
