"""The whole document as one message, encoded once and served while the log covers it (SPEC 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.core.values import encode_value

from .frames import encode
from .messages import WireDoc, WireModel

if TYPE_CHECKING:
    from syncline.core.arrays import Buffer
    from syncline.core.state import State


class Snapshot:
    """The encoded content of a document at a revision."""

    def __init__(self, state: State, rev: int, *, inline: bool = False) -> None:
        self.rev = rev
        self.buffers: list[Buffer] = []
        buffers = None if inline else self.buffers
        models = {
            m: WireModel(type, {name: encode_value(v, buffers) for name, v in props.items()})
            for m, type, props in state.items()
        }
        self.body = encode(WireDoc(state.title, list(state.roots), models))
