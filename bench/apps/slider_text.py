"""A slider and a text in Syncline."""

import syncline as sl

slider = sl.Slider(label="number", min=0, max=100, value=1)
text = sl.Markdown(text="square 1")
slider.observe(lambda event: setattr(text, "text", f"square {int(event.new) ** 2}"), "value")
sl.curdoc().add_root(sl.Column(children=[slider, text]))
