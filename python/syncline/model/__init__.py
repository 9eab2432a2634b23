"""Models: typed, observable objects that users subclass."""

from .errors import PropertyError
from .event import Event
from .model import Model
from .prop import prop

__all__ = ["Event", "Model", "PropertyError", "prop"]
