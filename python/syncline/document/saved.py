"""A document as it is kept: a frame of the protocol with a snapshot, and what only a store needs.

(SPEC 3.3 and 5.6. Nothing in it is ever run: never a pickle.)
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.core.ops import Add, Addressed, from_wire
from syncline.core.values import MAX_BUFFERS, Buffers, refs
from syncline.document.changed import Changed
from syncline.sync.clients import Client
from syncline.sync.decode import decode_doc
from syncline.sync.frames import encode, join, unpack
from syncline.sync.messages import Envelope, Error, Header, Ok, Result, WireDoc
from syncline.sync.snapshot import Models, Snapshot
from syncline.sync.spent import wire_content

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syncline.core.arrays import Buffer
    from syncline.core.ops import WireOp
    from syncline.core.state import PlainState
    from syncline.document import Document
    from syncline.model import Model
    from syncline.model.state import ModelState
    from syncline.sync.session import Session

VERSION = 2


class SavedClient(msgspec.Struct, omit_defaults=True):
    """A client's record: it may come back, and what it had committed is not committed again."""

    id: str
    proof: str
    last_seq: int | None = None
    result: Any = None


class About(msgspec.Struct, omit_defaults=True):
    """What a store keeps beside the content of a document."""

    version: int
    changed: dict[str, list[str]]
    issued: int
    """How many client ids were given away."""
    clients: list[SavedClient]


class _Content(msgspec.Struct):
    doc: WireDoc
    saved: About
    schema: dict[str, Any] = {}
    more: msgspec.Raw = msgspec.Raw(b"null")


@dataclass(frozen=True)
class SavedDocument:
    """A document that was read from a frame."""

    name: str
    """The id of its session."""
    epoch: str
    rev: int
    about: About
    state: PlainState
    schema: dict[str, Any]
    """What the types of its models were, by hash."""

    def clients(self) -> list[Client]:
        """Return the records of its clients."""
        return [_client(saved) for saved in self.about.clients]


@dataclass(frozen=True)
class Extra:
    """What belongs to a document's frame besides: JSON, and buffers after the document's own."""

    more: bytes = b"null"
    buffers: Sequence[Buffer] = ()


class SavedModels(Models):
    """The models of a document without what is never to be saved, and what only that refers to."""

    def __init__(self, document: Document, *, inline: bool = False) -> None:
        super().__init__(inline=inline)
        self._state: ModelState = document.state
        self._hidden: set[str] = set()

    def items(self, session: Session, buffers: list[Buffer]) -> list[bytes]:
        """Return them as members of a JSON object; array data goes to `buffers`."""
        hidden = _hidden(self._state)
        if hidden != self._hidden:
            # Some that are encoded are to be so no more, or now.
            self._hidden, self._rev = hidden, -1
        return super().items(session, buffers)

    def all(self, session: Session) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Return id, type and properties of each model, as it is kept."""
        state = self._state
        for m, model in state.models.items():
            yield m, state.wire_type(model), self.props(session, m)

    def props(self, session: Session, m: str) -> dict[str, Any]:
        """Return those of one."""
        return {} if m in self._hidden else self._state.models[m].saved_values()


def _hidden(state: ModelState) -> set[str]:
    """Return the models that nothing refers to but what is not saved; in most documents none."""
    models = state.models.values()
    unsaved = {cls: _unsaved(cls) for cls in set(map(type, models))}
    if not any(refs(getattr(each, name)) for each in models for name in unsaved[type(each)]):
        return set()
    reached = dict.fromkeys(state.roots)
    todo = list(reached)
    # It grows on the way.
    for m in todo:
        found = [reference.id for reference in refs(state.models[m].saved_values())]
        todo += [id for id in dict.fromkeys(found) if id not in reached]
        reached.update(dict.fromkeys(found))
    return state.models.keys() - reached.keys()


def _unsaved(cls: type[Model]) -> tuple[str, ...]:
    return tuple(name for name, prop in cls._props.items() if prop.sync and not prop.saved)


class Writer:
    """Writes a document down, again and again: what was not touched since is not encoded again.

    With `clients_only` a change counts only if a client has made it, until `ready` is called.
    """

    def __init__(self, document: Document, *, clients_only: bool = False) -> None:
        self._document = document
        self._models = SavedModels(document)
        self._changed = Changed(document.session, clients_only=clients_only)

    def ready(self) -> None:
        """Let every change count from now on: the code that fills the document has run."""
        with self._document.lock:
            self._changed.ready()

    def frame(self, extra: Extra | None = None) -> tuple[int, bytes]:
        """Return the document as it is now, and its revision; on any thread."""
        document, extra = self._document, extra or Extra()
        with document.lock:
            document.session.collect()
            snapshot = self._snapshot(MAX_BUFFERS - len(extra.buffers))
            about = encode(self._about(document.session))
            buffers = [*snapshot.buffers, *extra.buffers]
            header = Header(
                msgid=f"r{snapshot.rev}",
                msgtype="PULL-DOC-REPLY",
                session=document.session.name,
                epoch=document.epoch,
                rev=snapshot.rev,
                buffers=len(buffers),
            )
        head = b'"kind":"snapshot","saved":%b,"more":%b' % (about, extra.more)
        content = msgspec.Raw(snapshot.content(head))
        return snapshot.rev, join(encode(Envelope(header, content)), buffers)

    def _snapshot(self, most_buffers: int) -> Snapshot:
        document = self._document
        snapshot = Snapshot(document.session, self._models)
        if len(snapshot.buffers) <= most_buffers:
            return snapshot
        self._models = SavedModels(document, inline=True)
        return Snapshot(document.session, self._models)

    def _about(self, session: Session) -> About:
        changed = self._changed.follow()
        return About(
            version=VERSION,
            changed={m: sorted(names) for m, names in changed.items()},
            issued=session.clients.issued,
            clients=[
                _saved(client, self._document.state)
                for client in session.clients
                if client.last_seq is not None
            ],
        )


def read(data: memoryview) -> tuple[SavedDocument, Extra]:
    """Return the document in a frame, and what else is in it.

    Raises ValueError, msgspec's or the protocol's own error.
    """
    envelope, buffers = unpack(data)
    header, content = envelope.header, msgspec.json.decode(envelope.content, type=_Content)
    if content.saved.version != VERSION:
        raise ValueError(f"expected version {VERSION}, got {content.saved.version}")
    state = decode_doc(content.doc, [bytes(part) for part in buffers])
    saved = SavedDocument(
        header.session or "",
        header.epoch or "",
        header.rev or 0,
        content.saved,
        state,
        content.schema,
    )
    return saved, Extra(bytes(content.more), buffers)


def _saved(client: Client, state: ModelState) -> SavedClient:
    result = client.result
    if result is not None:
        content = wire_content(_without_secrets(result.content, state), None)
        result = Result(result.type, result.seq, result.since, result.rev, content)
    proof = base64.b64encode(client.proof).decode()
    return SavedClient(client.id, proof, client.last_seq, result)


def _without_secrets(content: Ok | Error, state: ModelState) -> Ok | Error:
    """Return an outcome without the values of properties that are never to be saved."""
    if not isinstance(content, Ok) or content.ops is None:
        return content
    kept = [_without_secret(op, state) for op in content.ops]
    return Ok(ops=[op for op in kept if op is not None], conflicts=content.conflicts)


def _without_secret(op: WireOp, state: ModelState) -> WireOp | None:
    if isinstance(op, Add):
        cls = state.find(op.type)
        props = {name: value for name, value in op.props.items() if _is_saved(cls, name)}
        return Add(op.m, op.type, props)
    if not isinstance(op, Addressed):
        return op
    # Of a model that is gone nobody knows what may be kept.
    model = state.models.get(op.m)
    return op if model is not None and _is_saved(type(model), op.p[0]) else None


def _is_saved(cls: type[Model] | None, name: object) -> bool:
    prop = None if cls is None else cls._props.get(str(name))
    return prop is not None and prop.saved


def _client(saved: SavedClient) -> Client:
    client = Client(saved.id, base64.b64decode(saved.proof))
    client.last_seq = saved.last_seq
    if saved.result is not None:
        result = msgspec.convert(saved.result, Result)
        client.result = Result(result.type, result.seq, result.since, result.rev, _content(result))
    return client


def _content(result: Result) -> Ok | Error:
    if result.type == "ERROR":
        return msgspec.convert(result.content, Error)
    ok = msgspec.convert(result.content, Ok)
    ops: Any = None if ok.ops is None else [from_wire(op, Buffers()) for op in ok.ops]
    return Ok(ops=ops, conflicts=ok.conflicts)
