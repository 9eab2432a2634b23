"""The whole document as one message, encoded once for all who ask at a revision (SPEC 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.ops import Add
from syncline.core.values import encode_entries, encode_value

from .frames import encode
from .messages import WireModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from syncline.core.arrays import Buffer

    from .session import Session

Foreign = dict[str, "Callable[[], Any]"]
"""The opaque state of each Foreign document, by the id of its model (SPEC 5.10)."""


class Snapshot:
    """The encoded content of a document at a revision."""

    def __init__(self, session: Session, models: Models) -> None:
        self.rev = session.rev
        self.messages = session.messages
        """How many `msg` operations were committed up to it."""
        self.buffers: list[Buffer] = []
        title, roots = encode(session.state.title), encode(session.state.roots)
        items = b",".join(models.items(session, self.buffers))
        self.body = b'{"title":%b,"roots":%b,"models":{%b}}' % (title, roots, items)
        self.schema = session.schemas.known(frozenset(models.types.values()))

    @property
    def size(self) -> int:
        """Bytes of the document, without what the types are."""
        return len(self.body) + sum(memoryview(part).nbytes for part in self.buffers)

    def content(self, head: bytes, known: Iterable[str] = ()) -> bytes:
        """Return the JSON of a message's content that begins with `head`.

        The entries whose hashes are `known` are left out.
        """
        parts = [b"{", head, b',"doc":', self.body]
        if schema := {hash: self.schema[hash] for hash in self.schema.keys() - known}:
            parts += b',"schema":', encode(schema)
        return b"".join([*parts, b"}"])


class Models:
    """The models of a document in JSON form, each encoded again only after it was touched.

    One with arrays in buffers is encoded each time: a buffer's number depends on what is before.
    """

    def __init__(self, *, inline: bool) -> None:
        self.types: dict[str, str] = {}
        self._inline = inline
        self._rev = -1
        self._items: dict[str, bytes] = {}
        self._binary: set[str] = set()

    def items(self, session: Session, buffers: list[Buffer]) -> list[bytes]:
        """Return the members of the JSON object `models` at head; array data goes to `buffers`."""
        if self._rev < session.log.base:
            self._encode_all(session)
        else:
            self._encode_touched(session)
        self._rev = session.rev
        props = session.state.props
        binary = [self._item(session, m, props(m), buffers) for m in sorted(self._binary)]
        return [*self._items.values(), *binary]

    def _encode_all(self, session: Session) -> None:
        self.types.clear()
        self._items.clear()
        self._binary.clear()
        for m, type, props in session.state.items():
            self.types[m] = type
            self._encode(session, m, props)

    def _encode_touched(self, session: Session) -> None:
        touched = set(session.foreign)
        for entry in session.log.after(self._rev):
            touched.update(m for m in entry.models if m is not None)
            if entry.adds:
                self.types.update((op.m, op.type) for op in entry.ops if isinstance(op, Add))
        for m in touched:
            self._items.pop(m, None)
            self._binary.discard(m)
            if session.state.has(m):
                self._encode(session, m, session.state.props(m))
            else:
                self.types.pop(m, None)

    def _encode(self, session: Session, m: str, props: dict[str, Any]) -> None:
        own: list[Buffer] = []
        item = self._item(session, m, props, own)
        if own:
            self._binary.add(m)
        else:
            self._items[m] = item

    def _item(self, session: Session, m: str, props: dict[str, Any], own: list[Buffer]) -> bytes:
        model = wire_model(session, m, self.types[m], props, None if self._inline else own)
        return encode({m: model})[1:-1]


def wire_model(
    session: Session, m: str, type: str, props: dict[str, Any], buffers: list[Buffer] | None
) -> WireModel:
    """Return a model as it stands in a snapshot."""
    model = WireModel(type, encode_entries(props, buffers))
    if m in session.foreign:
        model.state = encode_value(session.foreign[m](), buffers)
    return model
