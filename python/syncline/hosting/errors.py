"""What can go wrong while hosting.

HostingError
├── KernelFailed      a kernel did not start, or died
└── TooManySessions   the server is full
"""

from __future__ import annotations


class HostingError(Exception):
    """Root of what this package raises."""


class KernelFailed(HostingError, RuntimeError):
    """A kernel did not start, or died."""


class TooManySessions(HostingError, RuntimeError):
    """The server holds as many sessions as it may."""
