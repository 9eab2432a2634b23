"""A slider and a text that follows it in Syncline; its callback may take its time."""

import os
import time

import syncline as sl

NAP = float(os.environ.get("BENCH_NAP", "0"))
slider = sl.Slider(label="number", min=0, max=1000, value=0)
text = sl.Markdown(text="answer 0")


def answer(event: sl.Event) -> None:
    """Take that time, then answer."""
    time.sleep(NAP)
    text.text = f"answer {int(event.new)}"


slider.observe(answer, "value")
sl.curdoc().add_root(sl.Column(children=[slider, text]))
