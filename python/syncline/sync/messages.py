"""The messages, one struct for the header and one for each content (SPEC 3.1 and 3.2)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from syncline.core.ops import Msg, WireOp
from syncline.core.values import MAX_BUFFERS

from .rate import Rate

VERSION = 1
Retry = Literal["never", "resume", "later"]


class Header(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The header of every message; which fields a message has is said in SPEC 3.1."""

    msgid: str
    msgtype: str
    reqid: str | None = None
    session: str | None = None
    client: str | None = None
    resume_key: str | None = None
    epoch: str | None = None
    seq: int | None = None
    base: int | None = None
    since: int | None = None
    rev: int | None = None
    seen: int | None = None
    last_seq: int | None = None
    result: Any = None
    msgs: int | None = None
    buffers: int = 0
    part: tuple[int, int] | None = None
    total: int | None = None
    n: int | None = None
    got: int | None = None
    volatile: bool = False
    probe: bool = False
    inline: bool = False


class Envelope(msgspec.Struct):
    """A message whose content is not decoded yet."""

    header: Header
    content: msgspec.Raw = msgspec.Raw(b"{}")


class Limits(msgspec.Struct):
    """What a sender may not exceed; bytes or counts (SPEC 3.4)."""

    frame: int = 8 << 20
    ops: int = 10_000
    depth: int = 32
    nesting: int = 64
    string: int = 8 << 20
    buffers: int = MAX_BUFFERS
    type_name: int = 128
    pending: int = 8 << 20
    rate: Rate | None = Rate()
    max_document_in: int = 64 << 20
    max_document_out: int = 512 << 20


class Protocol(msgspec.Struct):
    """Versions a server speaks."""

    version: int = VERSION
    min: int = VERSION


class Credit(msgspec.Struct):
    """How much may be unacknowledged on a carrier with a credit window (SPEC 5.7)."""

    messages: int
    bytes: int


class Receipt(msgspec.Struct):
    """ACK of a client: the number of the last frame that came."""

    got: int | None = None


class Ack(msgspec.Struct):
    """First message of the server."""

    protocol: Protocol = msgspec.field(default_factory=Protocol)
    server: str = ""
    resume_key: str = ""
    read_only: bool = False
    limits: Limits = msgspec.field(default_factory=Limits)
    window: Credit | None = None
    ping: float = 20
    channel: str | None = None


class Have(msgspec.Struct):
    """What a resuming client holds."""

    epoch: str
    rev: int


class Pull(msgspec.Struct):
    """PULL-DOC-REQ."""

    have: Have | None = None
    pending: int | None = None
    kind: Literal["snapshot"] | None = None
    models: list[str] | None = None
    """Foreign documents alone (SPEC 5.10)."""
    full: bool = False
    known: list[str] = []
    """Hashes of the entries that the client has (SPEC 5.9)."""


class Patch(msgspec.Struct):
    """PATCH-DOC of a client."""

    ops: list[WireOp]
    mode: Literal["merge", "atomic", "strict"] = "merge"
    label: str | None = None


class Tx(msgspec.Struct, omit_defaults=True):
    """One committed transaction."""

    rev: int
    ops: list[WireOp]
    by: str | None = None
    seq: int | None = None
    nbuf: int = 0
    since: int | None = None
    schema: dict[str, Any] | None = None
    """Entries of the types that this transaction is the first to use (SPEC 5.9)."""
    conflicts: bool = False
    """Whether its author's OK tells conflicts."""


class Txs(msgspec.Struct):
    """PATCH-DOC of the server."""

    txs: list[Tx]


class Volatile(msgspec.Struct):
    """PATCH-DOC of events that have no place in the order (SPEC 5.8)."""

    ops: list[Msg]
    by: str = "py"


class Conflict(msgspec.Struct, omit_defaults=True):
    """What became of a submitted operation (SPEC 5.5)."""

    op: int
    kind: str
    rev: int | None = None
    by: str | None = None


class Ok(msgspec.Struct, omit_defaults=True):
    """The generic good reply; for a patch also what was committed."""

    verbatim: bool = False
    ops: list[WireOp] | None = None
    conflicts: list[Conflict] = []


class Error(msgspec.Struct, omit_defaults=True):
    """The generic bad reply."""

    code: str
    text: str
    retry: Retry
    op: int | None = None
    conflicts: list[Conflict] = []
    after_ms: int | None = None


class WireModel(msgspec.Struct, omit_defaults=True):
    """A model in a snapshot; `state` is that of a Foreign document (SPEC 5.10)."""

    type: str
    props: dict[str, Any]
    state: Any = None


class WireDoc(msgspec.Struct):
    """A snapshot's content."""

    title: str
    roots: list[str]
    models: dict[str, WireModel]


class PullReply(msgspec.Struct, omit_defaults=True):
    """PULL-DOC-REPLY: what happened since, or the whole document."""

    kind: Literal["delta", "snapshot", "models"]
    txs: list[Tx] | None = None
    doc: WireDoc | None = None
    models: dict[str, WireModel] | None = None
    schema: dict[str, Any] | None = None


class Push(msgspec.Struct, omit_defaults=True):
    """PUSH-DOC: replace the document."""

    doc: WireDoc
    reason: str = "slow"
    schema: dict[str, Any] | None = None


class PushRequest(msgspec.Struct):
    """PUSH-DOC of a trusted client."""

    doc: WireDoc


class AssetRequest(msgspec.Struct):
    """ASSET-REQ: what a document names by a hash (SPEC 5.9)."""

    hash: str


class Result(msgspec.Struct):
    """The outcome of a transaction, as it is remembered and sent again (SPEC 5.1)."""

    type: Literal["OK", "ERROR"]
    seq: int
    since: int
    rev: int
    content: Any
