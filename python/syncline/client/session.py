"""Getting the document of a session."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from .background import background
from .document import ClientDocument
from .pipes import endpoint_dial, fetch_ticket, websocket_dial

if TYPE_CHECKING:
    from ssl import SSLContext

    from syncline.sync.replica import Policy


async def pull_session(
    url: str,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    ssl_context: SSLContext | None = None,
    policy: Policy = "replay",
) -> ClientDocument:
    """Return the document of an app's session, in this loop.

    `url` is that of the app's page, with its arguments: without a `token` a new session begins,
    with that of another client's document this one joins it. A `ws:` URL is connected to as it is:
    the attach socket of a Jupyter server, with `headers` for its authorization. `ssl_context` says
    which certificates are believed, where those of the system are not meant.
    `policy` says what becomes of edits that were not sent when the session is rebuilt: `"replay"`,
    `"discard"`, or a function that is asked.

    Raises SessionError where there is no session.
    """
    headers = headers or {}
    scheme, host, path, *_ = urlsplit(url)
    if scheme not in ("http", "https", "ws", "wss"):
        raise ValueError(f"expected the URL of an app, got {url!r}")
    if scheme.startswith("ws"):
        socket = url
    elif token is None:
        socket, token = await fetch_ticket(url, headers, ssl_context)
    else:
        socket = f"ws{scheme.removeprefix('http')}://{host}{path.rstrip('/')}/ws"
    document = ClientDocument(policy=policy, token=token)
    return await document.open(websocket_dial(socket, token, headers, ssl_context))


async def pull_document(
    connection_file: str | Path,
    doc: str,
    *,
    role: Literal["edit", "view", "owner"] = "edit",
    policy: Policy = "replay",
) -> ClientDocument:
    """Return a document that was displayed in a kernel of this machine, in this loop.

    `connection_file` is the kernel's, `doc` the id of the document. Raises like `pull_session`.
    """
    document = ClientDocument(policy=policy)
    return await document.open(endpoint_dial(Path(connection_file), doc, role))


def connect(
    url: str,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    ssl_context: SSLContext | None = None,
    policy: Policy = "replay",
) -> ClientDocument:
    """Return the document of an app's session, for scripts and notebooks: see `pull_session`.

    It is carried by a thread of its own, so messages come while other code runs.
    """
    pulled = pull_session(url, token=token, headers=headers, ssl_context=ssl_context, policy=policy)
    return background().run(pulled)
