"""Where sessions are kept beyond the process that runs them: `memory:`, `sqlite:FILE`, `redis:`.

A store holds bytes under keys and knows nothing of sessions. Its methods may block: they are called
on a thread of their own, never in a loop.
"""

from syncline.hosting.store.base import Claimed, Store, StoreError
from syncline.hosting.store.memory import MemoryStore
from syncline.hosting.store.opening import open_store, secret_beside
from syncline.hosting.store.owners import LEASE_SECONDS, new_owner
from syncline.hosting.store.seal import Seal, Tampered

__all__ = [
    "LEASE_SECONDS",
    "Claimed",
    "MemoryStore",
    "Seal",
    "Store",
    "StoreError",
    "Tampered",
    "new_owner",
    "open_store",
    "secret_beside",
]
