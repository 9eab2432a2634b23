"""Errors of the core.

LookupError
+-- Gone          the target of an operation does not exist (any more)
ValueError
+-- BadValue      a value that has no form on the wire, or does not fit its place
"""

from __future__ import annotations


class Gone(LookupError):
    """The target of an operation does not exist (any more). Raised before anything is changed.

    `kind` is the conflict's name on the wire (SPEC 5.5).
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class BadValue(ValueError):
    """A value that the wire does not allow, or that does not fit its place.

    Raised before anything is changed.
    """
