"""A slider, its square, and a mark of the session in Syncline."""

import secrets

import syncline as sl

slider = sl.Slider(label="number", min=0, max=100, value=3)
text = sl.Markdown(text="square 9")
mark = sl.Markdown()


def begin() -> None:
    """Mark the session; what it was built with would go by its code after a restart."""
    mark.text = mark.text or f"mark {secrets.token_hex(4)} 3"


def answer(event: sl.Event) -> None:
    """Say the square, and who says it."""
    text.text = f"square {int(event.new) ** 2}"
    mark.text = f"mark {mark.text.split()[1]} {int(event.new)}"


slider.observe(answer, "value")
sl.curdoc().add_root(sl.Column(children=[slider, text, mark]))
sl.curdoc().add_next_tick_callback(begin)
