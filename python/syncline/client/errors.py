"""Why there is no session.

ConnectionError
+-- SessionError       there is no connection, and trying again would end the same way
    +-- NotAllowed         the server does not let this client in
    +-- UnknownSession     there is no such app, session or document (any more)
    +-- VersionMismatch    the two ends share no version of the protocol
    +-- ServerGone         nobody answers
"""

from __future__ import annotations

from syncline.sync.errors import Close


class SessionError(ConnectionError):
    """There is no connection to the session; `code` is a close code (SPEC 5.9) or None."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text if code is None else f"{text} ({code})")
        self.code = code


class NotAllowed(SessionError):
    """The server does not let this client in."""


class UnknownSession(SessionError):
    """There is no such app, session or document (any more)."""


class VersionMismatch(SessionError):
    """The two ends share no version of the protocol."""


class ServerGone(SessionError):
    """Nobody answers."""


_KINDS: dict[int | None, tuple[type[SessionError], str]] = {
    Close.UNAUTHORISED: (NotAllowed, "the server does not let this client in"),
    403: (NotAllowed, "the server refuses this request"),
    Close.UNKNOWN_SESSION: (UnknownSession, "the session has ended"),
    404: (UnknownSession, "there is no such app"),
    Close.VERSION: (VersionMismatch, "the server speaks another version of the protocol"),
}


def session_error(code: int | None, text: str = "") -> SessionError:
    """Return the error for a close code or an HTTP status, with what the server said."""
    kind, meaning = _KINDS.get(code, (SessionError, "the connection has ended"))
    return kind(f"{meaning}: {text}" if text else meaning, code)
