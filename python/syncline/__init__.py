"""Syncline keeps Python objects and what people see in a browser in step."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from .document import Document, config, curdoc, set_curdoc, without_document_lock
from .model import catalogue
from .model.columns import Columns
from .model.errors import PropertyError
from .model.event import Event
from .model.link import dlink, link
from .model.model import Model
from .model.prop import prop

if TYPE_CHECKING:
    from .ui import (
        Button,
        Checkbox,
        Column,
        LinePlot,
        Markdown,
        Mount,
        Output,
        PasswordInput,
        Row,
        Select,
        Slider,
        TextInput,
    )

__version__ = "0.1.0"
_UI = frozenset({
    "Button", "Checkbox", "Column", "LinePlot", "Markdown", "Mount", "Output", "PasswordInput",
    "Row", "Select", "Slider", "TextInput",
})  # fmt: skip
__all__ = [
    "Button",
    "Checkbox",
    "Column",
    "Columns",
    "Document",
    "Event",
    "LinePlot",
    "Markdown",
    "Model",
    "Mount",
    "Output",
    "PasswordInput",
    "PropertyError",
    "Row",
    "Select",
    "Slider",
    "TextInput",
    "config",
    "curdoc",
    "dlink",
    "link",
    "prop",
    "set_curdoc",
    "without_document_lock",
]


catalogue.homes["ui"] = f"{__name__}.ui"


def __getattr__(name: str) -> Any:
    """Load the components on first use; what is there once is not asked for here again."""
    if name in _UI:
        found = globals()[name] = getattr(importlib.import_module(".ui", __name__), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


# Not every kernel is ipykernel's: JupyterLite and marimo have their own.
if "IPython" in sys.modules or "marimo" in sys.modules:
    from .kernel import install

    install()
