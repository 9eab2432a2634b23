"""Components: what a document can show, each a model with a view in the browser."""

from __future__ import annotations

from syncline.ui.components import Button, Checkbox, PasswordInput, Select, Slider, TextInput
from syncline.ui.layout import Column, Row
from syncline.ui.markdown import Markdown
from syncline.ui.mount import Mount
from syncline.ui.output import Output
from syncline.ui.plot import LinePlot

__all__ = [
    "Button",
    "Checkbox",
    "Column",
    "LinePlot",
    "Markdown",
    "Mount",
    "Output",
    "PasswordInput",
    "Row",
    "Select",
    "Slider",
    "TextInput",
]
