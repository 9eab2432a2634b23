"""Errors of the core.

LookupError
+-- Gone          the target of an operation does not exist (any more)
ValueError
+-- BadValue      (values) a value that has no form on the wire
"""

from __future__ import annotations


class Gone(LookupError):
    """The target of an operation does not exist (any more). Raised before anything is changed.

    `kind` is the conflict's name on the wire (SPEC 5.5).
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
