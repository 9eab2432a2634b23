"""What can go wrong while hosting.

HostingError
├── KernelFailed      a kernel did not start, or died
├── Stopping          the server makes nothing any more
└── TooManySessions   the server is full
"""

from __future__ import annotations


class HostingError(Exception):
    """Root of what this package raises."""


class KernelFailed(HostingError, RuntimeError):
    """A kernel did not start, or died."""


class Stopping(HostingError, RuntimeError):
    """The server is stopping: it makes nothing any more."""


class TooManySessions(HostingError, RuntimeError):
    """The server holds as many sessions as it may."""
