"""Errors of the protocol and their codes on the wire (SPEC 3.2).

Exception
+-- ProtocolError      what a peer did wrong; becomes an ERROR message
    +-- Fatal          what ends the connection
    +-- Refused        a transaction that may not be committed; its `seq` is spent
"""

from __future__ import annotations

import enum
from typing import Literal


class Code(enum.StrEnum):
    """Codes of ERROR messages."""

    BAD_MESSAGE = "bad-message"
    TOO_LARGE = "too-large"
    NOT_READY = "not-ready"
    UNAUTHORISED = "unauthorised"
    NOT_YOURS = "not-yours"
    READ_ONLY = "read-only"
    UNKNOWN_SESSION = "unknown-session"
    UNKNOWN_ASSET = "unknown-asset"
    UNSUPPORTED_VERSION = "unsupported-version"
    STALE_EPOCH = "stale-epoch"
    STALE_BASE = "stale-base"
    SEQ_GAP = "seq-gap"
    RATE_LIMITED = "rate-limited"
    CONFLICT = "conflict"
    INVALID_VALUE = "invalid-value"
    INVALID_OP = "invalid-op"
    INTERNAL = "internal"


class Close(enum.IntEnum):
    """Close codes of a connection (SPEC 5.9)."""

    BAD_MESSAGE = 4400
    UNAUTHORISED = 4401
    UNKNOWN_SESSION = 4404
    VERSION = 4406
    SLOW_CONSUMER = 4408
    TAKEN_OVER = 4409
    TOO_LARGE = 4413
    RESTART = 1012


class ProtocolError(Exception):
    """What a peer did wrong. `retry` is `never`, `resume` or `later` (then after `after_ms`)."""

    def __init__(
        self,
        code: Code,
        text: str,
        retry: Literal["never", "resume", "later"] = "never",
        op: int | None = None,
        after_ms: int | None = None,
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.retry = retry
        self.op = op
        self.after_ms = after_ms


class Fatal(ProtocolError):
    """What a connection cannot go on after: it is closed with `close`."""

    def __init__(self, close: Close, text: str) -> None:
        super().__init__(Code.BAD_MESSAGE, text)
        self.close = close


class Refused(ProtocolError):
    """A transaction that may not be committed. Its `seq` is spent, nothing is changed."""
