"""What can be wrong with how people are to log in."""

from __future__ import annotations

from syncline.hosting.errors import HostingError


class BadAuth(HostingError, ValueError):
    """A provider cannot work as it was set up."""
