"""Documents inside documents."""

from __future__ import annotations

from syncline.model import Model, prop


class Mount(Model, type="ui/Mount@1"):
    """Show another live document, or one root of it, inside this one."""

    doc: str = prop(default="", doc="The id of the document.")
    mount: str | None = prop(
        default=None, doc="The id of one of its roots; None shows all of them."
    )
