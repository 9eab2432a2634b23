"""Errors of the model layer.

ValueError
+-- PropertyError      a value that a property does not take
"""

from __future__ import annotations


class PropertyError(ValueError):
    """A value that a property does not take; the text names the property and what it expects."""
