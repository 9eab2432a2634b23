"""The whole document as one message, encoded once and served while the log covers it (SPEC 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syncline.core.values import encode_entries, encode_value

from .frames import encode
from .messages import WireDoc, WireModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from syncline.core.arrays import Buffer

    from .session import Session

Foreign = dict[str, "Callable[[], Any]"]
"""The opaque state of each Foreign document, by the id of its model (SPEC 5.10)."""


class Snapshot:
    """The encoded content of a document at a revision; arrays inside the JSON where `inline`."""

    def __init__(self, session: Session, *, inline: bool = False) -> None:
        self.rev = session.rev
        self.total = session.log.total
        """The weight of all that was committed up to it."""
        self.messages = session.messages
        """How many `msg` operations were committed up to it."""
        self.buffers: list[Buffer] = []
        state, buffers = session.state, None if inline else self.buffers
        models = {
            m: wire_model(m, type, props, session.foreign, buffers)
            for m, type, props in state.items()
        }
        self.body = encode(WireDoc(state.title, list(state.roots), models))
        self.schema = session.schemas.known({model.type for model in models.values()})

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


def wire_model(
    m: str, type: str, props: dict[str, Any], foreign: Foreign, buffers: list[Buffer] | None
) -> WireModel:
    """Return a model as it stands in a snapshot."""
    model = WireModel(type, encode_entries(props, buffers))
    if m in foreign:
        model.state = encode_value(foreign[m](), buffers)
    return model
