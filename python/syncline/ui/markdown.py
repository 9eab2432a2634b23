"""Formatted text."""

from __future__ import annotations

from typing import Any

from syncline.model import Model, prop


class Markdown(Model, type="ui/Markdown@1"):
    """Show a text written in markdown (GitHub's flavour): `Markdown("**Hello**")`.

    Html in it is sanitised where it is shown: nothing in it runs.
    """

    text: str = prop(default="", doc="The markdown text.")

    def __init__(self, text: str = "", **properties: Any) -> None:
        super().__init__(text=text, **properties)
