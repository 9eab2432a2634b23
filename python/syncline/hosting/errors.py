"""What can go wrong while hosting.

HostingError
├── BadName           an application's name cannot be an address
├── Elsewhere         another process has the session
├── Gone              the session is over
├── KernelFailed      a kernel did not start, or died
├── NotWarm           an app failed when it was run for the first time
├── Stopping          the server makes nothing any more
├── StoreLost         what sessions are kept in does not work
└── TooManySessions   the server is full
"""

from __future__ import annotations


class HostingError(Exception):
    """Root of what this package raises."""


class BadName(HostingError, ValueError):
    """An application's name cannot be an address."""


class KernelFailed(HostingError, RuntimeError):
    """A kernel did not start, or died."""


class NotWarm(HostingError, RuntimeError):
    """An app failed when it was run before the first visitor came."""


class Stopping(HostingError, RuntimeError):
    """The server is stopping: it makes nothing any more."""


class TooManySessions(HostingError, RuntimeError):
    """The server holds as many sessions as it may."""


class Elsewhere(HostingError, RuntimeError):
    """Another process has this session, and does not let go of it."""


class StoreLost(HostingError, RuntimeError):
    """The store of sessions does not answer, or takes nothing."""


class Gone(HostingError, LookupError):
    """A session is neither live nor kept any more."""
