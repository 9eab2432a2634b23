"""Counts of what happened to the documents of an application, over all its sessions."""

from __future__ import annotations

import threading


class Tally:
    """Counts that only ever grow. Those of callbacks may be raised on any thread."""

    __slots__ = ("_lock", "failed", "received", "received_bytes", "sent", "sent_bytes", "slow")

    def __init__(self) -> None:
        self.received = 0
        """Messages of clients; the length of those that are text counts characters."""
        self.received_bytes = 0
        self.sent = 0
        self.sent_bytes = 0
        self.slow = 0
        """Callbacks that kept others waiting for longer than they should."""
        self.failed = 0
        """Callbacks that raised."""
        self._lock = threading.Lock()

    def add_slow(self) -> None:
        """Count a slow callback."""
        with self._lock:
            self.slow += 1

    def add_failed(self) -> None:
        """Count a callback that raised."""
        with self._lock:
            self.failed += 1


NOBODYS = Tally()
"""For documents that belong to no application."""
