"""Kernel websockets that do not hold small packets back: every widget in JupyterLab answers sooner.

As shipped, an answer of two messages waits for the browser's delayed acknowledgement of the first,
40 ms. Jupyter's own setting names the class of a connection; ours is that class, and one call more.
"""

from __future__ import annotations

from typing import Any

CLASS = "kernel_websocket_connection_class"


def send_at_once(settings: dict[str, Any]) -> None:
    """Set TCP_NODELAY on the kernel websockets that are opened from now on."""
    configured = settings.get(CLASS)
    if configured is not None:
        settings[CLASS] = without_delay(configured)


def without_delay(configured: Any) -> type:
    """Return a connection class that is the configured one, on a socket with TCP_NODELAY."""

    class NoDelay(configured):  # type: ignore[misc]
        """A kernel websocket that sends at once."""

        def connect(self) -> Any:
            """Connect the websocket to the kernel."""
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    return NoDelay
