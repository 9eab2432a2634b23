"""The document: models under an engine, with observers, transactions and a place to be current."""

from .current import curdoc, find_document, set_curdoc
from .document import Document
from .scheduling import without_document_lock
from .settings import config

__all__ = ["Document", "config", "curdoc", "find_document", "set_curdoc", "without_document_lock"]
