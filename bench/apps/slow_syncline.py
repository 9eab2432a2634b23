"""A slider whose callback takes its time, in Syncline."""

import time

import syncline as sl

slider = sl.Slider(label="number", min=0, max=1000, value=0)
text = sl.Markdown(text="answer 0")


def answer(event: sl.Event) -> None:
    """Take 50 ms, then answer."""
    time.sleep(0.05)
    text.text = f"answer {int(event.new)}"


slider.observe(answer, "value")
sl.curdoc().add_root(sl.Column(children=[slider, text]))
