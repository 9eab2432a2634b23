"""Where a displayed document needs a widget: hosts that do not know our MIME type (SPEC 6.6)."""

from __future__ import annotations

import os
import sys
import weakref
from typing import TYPE_CHECKING, Any

from syncline.document import config
from syncline.embed import NotBuilt
from syncline.kernel.saved import saved_form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syncline.document import Document
    from syncline.kernel.shim import Shim
    from syncline.transports.comm import CommCarrier

WIDGET = "application/vnd.jupyter.widget-view+json"
MISSING = "<p>To be live here it needs <code>pip install syncline[widgets]</code>.</p>"


def needs_widget(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether this kernel's host has no labextensions: Voila, VS Code, Colab."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return (
        environment.get("SERVER_SOFTWARE", "").startswith("voila")
        or "VSCODE_PID" in environment
        or "__vsc_ipynb_file__" in getattr(shell, "user_ns", ())
        or "google.colab" in sys.modules
    )


def widget_metadata(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a bundle by which Colab finds the manager of widgets like ours."""
    output: Any = sys.modules.get("google.colab.output")
    if WIDGET not in data or output is None:
        return {}
    output.enable_custom_widget_manager()
    # Where that manager's code is; it has no other name.
    url = getattr(getattr(output, "_widgets", None), "_installed_url", None)
    return {WIDGET: {"colab": {"custom_widget_manager": {"url": url}}}} if url else {}


class Shims:
    """The widgets of one kernel: one for each document, or root of one, that a run displayed so.

    A page may know nothing of the widgets that were made before it came; one that runs a cell
    hears of those that the cell displays. `lasts` tells whether a run is its cell's last.
    """

    def __init__(self, carrier: CommCarrier, lasts: Callable[[str], bool]) -> None:
        self._carrier = carrier
        self._lasts = lasts
        # By the run that displayed it, the document and the root.
        self._made: dict[tuple[str, str, str | None], tuple[weakref.ref[Document], Shim]] = {}
        # Whether a page of our labextension has come: its host knows our MIME type.
        self.met = False

    def form(self, document: Document, mount: str | None, html: str, run: str) -> dict[str, Any]:
        """Return what the bundle of a displayed root has for other hosts, which may be nothing.

        `html` is its saved form; `run` is that of a page's cell, empty for what fills a file.
        """
        needed = _needed()
        if config.shim == "never" or not (needed or (run and not self.met)):
            return {}
        shim = self.shim(document, mount, html, run)
        if shim is None:
            return {"text/html": html + MISSING} if needed else {}
        return {WIDGET: {"version_major": 2, "version_minor": 0, "model_id": shim.model_id}}

    def shim(self, document: Document, mount: str | None, html: str, run: str) -> Shim | None:
        """Return a run's widget of a root, or of all roots; None where there cannot be any."""
        key = (run, document.id, mount)
        known = self._made.get(key)
        # Anybody can close all widgets.
        if known is not None and known[1].comm is not None:
            return known[1]
        shim = self.new(document, mount, html)
        if shim is not None:
            self._made[key] = weakref.ref(document), shim
        return shim

    def new(self, document: Document, mount: str | None, html: str) -> Shim | None:
        """Return another widget, which is closed by who asks for it."""
        try:
            from syncline.kernel.shim import Shim

            now = _now(weakref.ref(document), mount)
            return Shim(document.id, mount, html, now, self._carrier)
        except (ImportError, NotBuilt):
            return None

    def drop(self, _result: object = None) -> None:
        """Close the widgets of documents that are no more, and those nobody needs; after cells."""
        superfluous = self.met and not _needed()
        for key, (shown, shim) in list(self._made.items()):
            over = superfluous or not self._lasts(key[0])
            if shown() is None or (over and not shim.pages):
                del self._made[key]
                shim.close()


def _needed() -> bool:
    return config.shim == "always" or needs_widget()


def _now(shown: weakref.ref[Document], mount: str | None) -> Callable[[], str | None]:
    def html() -> str | None:
        document = shown()
        return saved_form(document, mount)[1] if document is not None else None

    return html
