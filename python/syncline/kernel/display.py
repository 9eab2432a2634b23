"""How a document or a model becomes a cell's output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline import __version__
from syncline import document as documents
from syncline.kernel.hosts import widget_metadata
from syncline.kernel.process import ipython_kernel, register_target
from syncline.model import display
from syncline.sync.messages import VERSION

if TYPE_CHECKING:
    from syncline.document import Document
    from syncline.model import Model

__all__ = ["MIME", "install", "mimebundle"]

MIME = "application/vnd.syncline.doc.v1+json"


def install() -> None:
    """Let models and documents of a kernel display themselves, and answer pages from now on.

    Cheap: what serving needs is imported when something is displayed or a page asks.
    """
    display.element = _element
    if (kernel := ipython_kernel()) is not None:
        display.hook = _form
        register_target(kernel)


def _element(shown: Model | Document) -> Any:
    from syncline.kernel.marimo import element

    return element(shown)


def mimebundle(shown: Model | Document) -> dict[str, Any]:
    """Return the MIME bundle of a model or a document, and have it served when in a kernel."""
    from syncline.kernel.saved import saved_form

    document, mount, added = placed(shown)
    snapshot, html, text = saved_form(document, mount)
    other: dict[str, Any] = {}
    if (kernel := ipython_kernel()) is not None:
        from syncline.kernel.runtime import runtime

        serving = runtime(kernel)
        serving.publish(document)
        model = None if isinstance(shown, documents.Document) else shown
        serving.mounts.show(document, model, added=added)
        other = serving.shims.form(document, mount, html, serving.mounts.run)
    live: dict[str, Any] = {
        "doc": document.id,
        "mount": mount,
        "protocol": VERSION,
        "version": __version__,
    }
    if snapshot is not None:
        live["snapshot"] = snapshot
    return {MIME: live, "text/html": html, "text/plain": text, **other}


def _form(shown: Model | Document) -> display.Bundle:
    """Return the MIME bundle, with what a host asks for besides."""
    data = mimebundle(shown)
    return (data, metadata) if (metadata := widget_metadata(data)) else data


def placed(shown: Model | Document) -> tuple[Document, str | None, bool]:
    """Return the document of what is shown, the root to mount, and whether that is new."""
    if isinstance(shown, documents.Document):
        return shown, None, False
    document = shown.document or documents.curdoc()
    added = shown.id not in document.state.roots
    document.add_root(shown)
    return document, shown.id, added
