"""What can go wrong with a server, in one line each, fit for a terminal.

ServerError
├── AddressUnavailable    the port is in use, or the address is not ours
├── BadCertificate        the files for TLS are not what they should be
├── NotAllowed            a public address without saying that this is meant
└── UnknownSession        there is no such application, or it has no such session
"""

from __future__ import annotations


class ServerError(Exception):
    """Root of what this package raises."""


class AddressUnavailable(ServerError, OSError):
    """The port is in use, or the address is not ours."""


class BadCertificate(ServerError, ValueError):
    """The files for TLS are not what they should be."""


class NotAllowed(ServerError, PermissionError):
    """A public address without saying that this is meant."""


class UnknownSession(ServerError, LookupError):
    """There is no such application, or it has no such session."""
