"""The whole document as one message, encoded once and served while the log covers it (SPEC 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.core.values import encode_value

from .frames import encode
from .messages import WireDoc, WireModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncline.core.arrays import Buffer
    from syncline.core.state import State

    from .schema import Schemas


class Snapshot:
    """The encoded content of a document at a revision."""

    def __init__(self, state: State, rev: int, schemas: Schemas, *, inline: bool = False) -> None:
        self.rev = rev
        self.buffers: list[Buffer] = []
        buffers = None if inline else self.buffers
        models = {
            m: WireModel(type, {name: encode_value(v, buffers) for name, v in props.items()})
            for m, type, props in state.items()
        }
        self.body = encode(WireDoc(state.title, list(state.roots), models))
        self.schema = schemas.known({model.type for model in models.values()})

    def content(self, head: bytes, known: Iterable[str] = ()) -> bytes:
        """Return the JSON of a message's content that begins with `head`.

        The entries whose hashes are `known` are left out.
        """
        parts = [b"{", head, b',"doc":', self.body]
        if schema := {hash: self.schema[hash] for hash in self.schema.keys() - known}:
            parts += b',"schema":', encode(schema)
        return b"".join([*parts, b"}"])
