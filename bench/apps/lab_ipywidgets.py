import ipywidgets as w

slider = w.IntSlider(min=0, max=1000, layout=w.Layout(width="780px"))
label = w.Label(value="answer 0")
slider.observe(lambda change: setattr(label, "value", f"answer {change['new']}"), "value")
slider.add_class("bench-slider")
w.VBox([slider, label])
