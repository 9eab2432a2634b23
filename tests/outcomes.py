"""How a client at the level of messages learns what became of its transaction."""

from __future__ import annotations

from typing import Any


def says_all(message: dict[str, Any], client: str, seq: int) -> bool:
    """Tell whether a patch is all of a transaction's outcome: over a comm it may be (SPEC 6.2)."""
    return any(
        (tx.get("by"), tx.get("seq")) == (client, seq) and not tx.get("conflicts")
        for tx in message["content"].get("txs", ())
    )
