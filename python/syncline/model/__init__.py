"""Models: typed, observable objects that users subclass."""

from .errors import PropertyError
from .event import Event
from .link import dlink, link
from .model import Model
from .prop import prop

__all__ = ["Event", "Model", "PropertyError", "dlink", "link", "prop"]
