"""A slider and a text that follows it in Panel."""

import panel as pn

slider = pn.widgets.IntSlider(start=0, end=1000, value=0, width=800)
text = pn.pane.HTML(pn.bind(lambda value: f"answer {value}", slider))
pn.Column(slider, text).servable()
