"""What the tests of the client serve: a model that checks, refuses and answers."""

from __future__ import annotations

import syncline as sl
from tests.client.models import Counter


def answer(event: sl.Event) -> None:
    """Say what was heard."""
    counter.text = f"{event.new:g}"


counter = Counter(items=[1, 2, 3])
counter.observe(answer, "value")
counter.on("reset", lambda event: setattr(counter, "value", 0.0))
counter.on("hover", lambda event: counter.heard.append(event.data))
doc = sl.curdoc()
doc.title = "counter"
doc.add_root(counter)
