"""A widget that shows a document where nobody knows our MIME type (SPEC 6.6).

The widget's comm carries, as custom messages, the comms that pages open of this kernel's documents.
Needs anywidget.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Any

from anywidget import AnyWidget
from traitlets import Unicode

from syncline.embed import runtime
from syncline.sync.errors import Close
from syncline.transports.comm import CommCarrier, Message, route_by_header

__all__ = ["Shim", "WidgetComm"]

MAX_COMM_ID = 64


class Shim(AnyWidget):
    """Shows one root of a document, or with `mount` None all of them, in any host of anywidgets.

    `html` is what is shown where there is no kernel, `now` gives it anew.
    """

    _esm = Unicode().tag(sync=True)
    doc = Unicode().tag(sync=True)
    mount = Unicode(None, allow_none=True).tag(sync=True)
    code = Unicode().tag(sync=True)
    saved = Unicode().tag(sync=True)

    def __init__(
        self,
        doc: str,
        mount: str | None,
        html: str,
        now: Callable[[], str | None],
        carrier: CommCarrier,
    ) -> None:
        self._now = now
        self._carrier = carrier
        self.pages: dict[str, WidgetComm] = {}
        super().__init__(
            _esm=runtime.shim_loader(), doc=doc, mount=mount, code=_code_hash(), saved=html
        )
        route_by_header(self.comm)
        self.on_msg(self._hear)

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return the state as it is now, and whole: it may go where no kernel is."""
        state: dict[str, Any] = super().get_state(key)
        if "saved" in state and self.comm is not None:
            state["saved"] = self._now() or self.saved
        return state

    def close(self) -> None:
        """End the widget in every page, with what belongs to it."""
        self.layout.close()
        super().close()

    def leave(self, comm: WidgetComm) -> None:
        """Forget a page's comm."""
        self.pages.pop(comm.comm_id, None)

    def _hear(self, _widget: Any, content: Any, buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        if content.get("code") == self.code:
            self.send({"code": self.code, **_code()})
        page = content.get("comm")
        if not isinstance(page, str) or len(page) > MAX_COMM_ID:
            return
        known = self.pages.get(page)
        if "open" in content and known is None:
            self.pages[page] = comm = WidgetComm(page, self)
            said = content["open"] if isinstance(content["open"], dict) else {}
            self._carrier.open(comm, {"content": {"data": said}}, alone=True)
        elif known is None and "data" in content:
            # Its lease has ended: it is told so, and opens another.
            WidgetComm(page, self).close({"code": int(Close.SLOW_CONSUMER), "text": "expired"})
        elif known is not None:
            known.hear(content, buffers)


class WidgetComm:
    """One page's comm inside a widget's messages; a `Comm` for the carrier."""

    def __init__(self, comm_id: str, shim: Shim) -> None:
        self.comm_id = comm_id
        self._shim = shim
        self._on_msg: Callable[[Message], None] | None = None
        self._on_close: Callable[[Message], None] | None = None

    def send(self, data: Any = None, metadata: Any = None, buffers: Any = None) -> None:
        """Publish a message; other pages of the widget pass over it."""
        self._shim.send({"comm": self.comm_id, "data": data}, buffers)

    def close(self, data: Any = None) -> None:
        """Publish the end."""
        self._shim.leave(self)
        self._shim.send({"comm": self.comm_id, "close": data})

    def on_msg(self, callback: Callable[[Message], None] | None) -> None:
        """Set what takes the messages."""
        self._on_msg = callback

    def on_close(self, callback: Callable[[Message], None] | None) -> None:
        """Set what is told of the end."""
        self._on_close = callback

    def hear(self, content: Message, buffers: Any) -> None:
        """Take what the page says: a message, or that it leaves."""
        if "close" in content:
            self._shim.leave(self)
            if self._on_close is not None:
                self._on_close({"content": {"data": content["close"]}})
        elif self._on_msg is not None:
            self._on_msg({"content": {"data": content.get("data")}, "buffers": buffers})


def _code() -> dict[str, str]:
    """Return what a page needs that has nothing of ours yet."""
    return {"script": runtime.shim(), "styles": runtime.shelter_styles()}


@cache
def _code_hash() -> str:
    parts = _code()
    return hashlib.sha256("\0".join(parts.values()).encode()).hexdigest()
