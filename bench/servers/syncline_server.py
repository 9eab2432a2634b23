"""Syncline: a model whose Python callback sets the text of another; TCP_NODELAY is its default."""

from __future__ import annotations

import argparse

import syncline as sl
from syncline.apps import Application, FunctionHandler
from syncline.server import Server


class Knob(sl.Model, type="bench/Knob@1"):
    """A number the browser may set."""

    value: float = sl.prop(0.0, client=True)


class Readout(sl.Model, type="bench/Readout@1"):
    """A text only Python sets."""

    text: str = sl.prop("")


def app(document: sl.Document) -> None:
    """Fill a session's document."""
    knob, readout = Knob(), Readout()
    knob.observe(lambda event: setattr(readout, "text", str(int(event.new))), "value")
    document.add_root(knob)
    document.add_root(readout)


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    application = Application(FunctionHandler(app))
    Server({"app": application}, port=options.port).run_until_shutdown()


if __name__ == "__main__":
    main()
