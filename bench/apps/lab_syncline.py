import syncline as sl

slider = sl.Slider(label="number", min=0, max=1000, value=0)
label = sl.Markdown(text="answer 0")
slider.observe(lambda event: setattr(label, "text", f"answer {int(event.new)}"), "value")
sl.Column(children=[slider, label])
