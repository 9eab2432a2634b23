"""Outputs of notebook cells."""

from __future__ import annotations

from typing import Any

from syncline.model import Model, prop


class Output(Model, type="ui/Output@1"):
    """Show a MIME bundle, as a notebook cell does: the richest form that says anything.

    Html and SVG are sanitised where they are shown: scripts in them do not run.
    """

    data: dict[str, Any] = prop(
        factory=dict,
        doc="MIME type -> value; the key `error` holds a text or {ename, evalue, traceback}.",
    )
    metadata: dict[str, Any] = prop(
        factory=dict, doc="Width, height and alt text of pictures, also by MIME type."
    )
