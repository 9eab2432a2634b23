"""Models: typed, observable objects that users subclass."""

from .columns import Columns
from .errors import PropertyError
from .event import Event
from .link import dlink, link
from .model import Model
from .observer import Observer
from .prop import prop

__all__ = ["Columns", "Event", "Model", "Observer", "PropertyError", "dlink", "link", "prop"]
