"""Putting a document in the place of a session's (SPEC 3.2, PUSH-DOC)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.values import encode_value
from syncline.sync.messages import WireDoc, WireModel

from .errors import NotAllowed, SessionError
from .session import pull_document, pull_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from ssl import SSLContext

    from syncline.core.arrays import Buffer
    from syncline.document.document import Document
    from syncline.sync.outcome import Decision

    from .carrier import ClientCarrier

ATTEMPTS = 10


async def push_session(
    document: Document,
    url: str,
    *,
    token: str,
    headers: Mapping[str, str] | None = None,
    ssl_context: SSLContext | None = None,
) -> None:
    """Replace the document of a session by this one, whatever has changed there meanwhile.

    The session has to allow it, `session.pushable`, and `token` to be an owner's. Raises
    NotAllowed, and like `pull_session`.
    """
    pulled = pull_session(url, token=token, headers=headers, ssl_context=ssl_context)
    async with await pulled as there:
        await _push(document, there.carrier)


async def push_document(document: Document, connection_file: str | Path, doc: str) -> None:
    """Replace a document that was displayed in a kernel of this machine by this one.

    It has to allow that, `doc.session.pushable`. Raises NotAllowed, and like `pull_document`.
    """
    async with await pull_document(connection_file, doc, role="owner") as there:
        await _push(document, there.carrier)


async def _push(document: Document, carrier: ClientCarrier) -> None:
    for _ in range(ATTEMPTS):
        decision = await _pushed(document, carrier)
        if decision is None:
            continue
        if decision.error is not None:
            _, text, _ = decision.error
            raise NotAllowed(text)
        return
    raise SessionError("the document changes too quickly to be replaced")


async def _pushed(document: Document, carrier: ClientCarrier) -> Decision | None:
    """Return the outcome of one attempt, or None where it is to be tried again."""
    link, outcome = carrier.link, carrier.loop.create_future()
    await carrier.until(lambda: link.status == "live")
    buffers: list[Buffer] = []
    doc = _content(document, buffers)
    if len(buffers) > link.replica.limits.buffers:
        buffers, doc = [], _content(document, None)
    link.push(doc, buffers, outcome.set_result)
    decision: Decision | None = await outcome
    return decision


def _content(document: Document, buffers: list[Buffer] | None) -> WireDoc:
    with document.lock:
        models: dict[str, Any] = {
            m: WireModel(type, {name: encode_value(v, buffers) for name, v in props.items()})
            for m, type, props in document.state.items()
        }
        return WireDoc(document.title, list(document.state.roots), models)
