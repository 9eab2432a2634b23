"""The whole document as one message, encoded once for all who ask at a revision (SPEC 5.6)."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from syncline.core.ops import Add
from syncline.core.values import encode_entries, encode_value

from .frames import encode
from .messages import WireModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from syncline.core.arrays import Buffer

    from .session import Session

CHUNK_MODELS = 64
Foreign = dict[str, "Callable[[], Any]"]
"""The opaque state of each Foreign document, by the id of its model (SPEC 5.10)."""


class Snapshot:
    """The encoded content of a document at a revision."""

    __slots__ = ("_head", "_items", "buffers", "messages", "rev", "schema")

    def __init__(self, session: Session, models: Models) -> None:
        self.rev = session.rev
        self.messages = session.messages
        """How many `msg` operations were committed up to it."""
        self.buffers: list[Buffer] = []
        title, roots = encode(session.state.title), encode(session.state.roots)
        self._head = b'{"title":%b,"roots":%b,"models":{' % (title, roots)
        # Not joined: whoever asks gets a message of its own, and they are kept as they are.
        self._items = models.items(session, self.buffers)
        self.schema = session.schemas.known(models.types)

    @property
    def size(self) -> int:
        """Bytes of the document, without what the types are."""
        text = len(self._head) + sum(map(len, self._items))
        return text + sum(memoryview(part).nbytes for part in self.buffers)

    def content(self, head: bytes, known: Iterable[str] = ()) -> bytes:
        """Return the JSON of a message's content that begins with `head`.

        The entries whose hashes are `known` are left out.
        """
        parts = [b"{", head, b',"doc":', self._head, b",".join(self._items), b"}}"]
        if schema := {hash: self.schema[hash] for hash in self.schema.keys() - known}:
            parts += b',"schema":', encode(schema)
        return b"".join([*parts, b"}"])


class Chunk:
    """Models that are encoded together: what is done once for each message costs more than they."""

    __slots__ = ("body", "types")

    def __init__(self, types: dict[str, str]) -> None:
        self.types = types
        """The models' types by their ids."""
        self.body = b""


class Models:
    """The models of a document in JSON form, a chunk encoded again only after it was touched.

    One with arrays in buffers is encoded each time: a buffer's number depends on what is before.
    """

    __slots__ = ("_binary", "_chunk_of", "_chunks", "_inline", "_rev", "snapshot")

    def __init__(self, *, inline: bool) -> None:
        self.snapshot: Snapshot | None = None
        """The last one that was made of them."""
        self._inline = inline
        self._rev = -1
        self._chunks: dict[Chunk, None] = {}
        self._chunk_of: dict[str, Chunk] = {}
        self._binary: set[str] = set()

    @property
    def types(self) -> frozenset[str]:
        """The types of the models."""
        return frozenset[str]().union(*(chunk.types.values() for chunk in self._chunks))

    def items(self, session: Session, buffers: list[Buffer]) -> list[bytes]:
        """Return the members of the JSON object `models` at head; array data goes to `buffers`."""
        if self._rev < session.log.base:
            self._encode_all(session)
        else:
            self._encode_touched(session)
        self._rev = session.rev
        bodies = [chunk.body for chunk in self._chunks if chunk.body]
        return bodies + [self._item(session, m, buffers) for m in sorted(self._binary)]

    def _encode_all(self, session: Session) -> None:
        self._chunks.clear()
        self._chunk_of.clear()
        self._binary.clear()
        models = iter(self.all(session))
        while some := list(itertools.islice(models, CHUNK_MODELS)):
            chunk = Chunk({m: type for m, type, _ in some})
            self._chunks[chunk] = None
            self._chunk_of.update(dict.fromkeys(chunk.types, chunk))
            chunk.body = self._encode(session, some)

    def _encode_touched(self, session: Session) -> None:
        touched = set(session.foreign)
        types: dict[str, str] = {}
        for entry in session.log.after(self._rev):
            touched.update(m for m in entry.models if m is not None)
            if entry.adds:
                types.update((op.m, op.type) for op in entry.ops if isinstance(op, Add))
        for chunk in {self._place(session, m, types.get(m)) for m in touched}:
            if chunk is not None:
                self._encode_again(session, chunk)

    def _place(self, session: Session, m: str, type: str | None) -> Chunk | None:
        """Return the chunk that a touched model is in, or was; one with room for a new model."""
        self._binary.discard(m)
        if not session.state.has(m):
            chunk = self._chunk_of.pop(m, None)
            if chunk is not None:
                del chunk.types[m]
            return chunk
        chunk = self._chunk_of.get(m)
        if chunk is None:
            chunk = self._chunk_of[m] = self._roomy()
        if type is not None:
            chunk.types[m] = type
        return chunk

    def _roomy(self) -> Chunk:
        chunk = next(reversed(self._chunks), None)
        if chunk is None or len(chunk.types) >= CHUNK_MODELS:
            chunk = Chunk({})
            self._chunks[chunk] = None
        return chunk

    def _encode_again(self, session: Session, chunk: Chunk) -> None:
        props = self.props
        models = ((m, type, props(session, m)) for m, type in chunk.types.items())
        chunk.body = self._encode(session, models)
        if not chunk.types:
            del self._chunks[chunk]

    def _encode(self, session: Session, models: Iterable[tuple[str, str, dict[str, Any]]]) -> bytes:
        """Return those without buffers as members of a JSON object; take note of the others."""
        encoded: dict[str, WireModel] = {}
        own: list[Buffer] = []
        buffers, foreign = None if self._inline else own, session.foreign
        for m, type, props in models:
            # As `wire_model`, for thousands at a time.
            model = encoded[m] = WireModel(type, encode_entries(props, buffers, True))
            if m in foreign:
                model.state = encode_value(foreign[m](), buffers)
            if own:
                self._binary.add(m)
                del encoded[m]
                own.clear()
        return encode(encoded)[1:-1]

    def _item(self, session: Session, m: str, buffers: list[Buffer]) -> bytes:
        type, props = self._chunk_of[m].types[m], self.props(session, m)
        return encode({m: wire_model(session, m, type, props, buffers)})[1:-1]

    def all(self, session: Session) -> Iterable[tuple[str, str, dict[str, Any]]]:
        """Return id, type and properties of each model."""
        return session.state.items()

    def props(self, session: Session, m: str) -> dict[str, Any]:
        """Return the properties of one."""
        return session.state.props(m)


def wire_model(
    session: Session, m: str, type: str, props: dict[str, Any], buffers: list[Buffer] | None
) -> WireModel:
    """Return a model as it stands in a snapshot."""
    model = WireModel(type, encode_entries(props, buffers))
    if m in session.foreign:
        model.state = encode_value(session.foreign[m](), buffers)
    return model
