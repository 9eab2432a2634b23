"""The document: models under an engine, with observers, transactions and a place to be current."""

from .current import curdoc, find_document, set_curdoc
from .document import Document

__all__ = ["Document", "curdoc", "find_document", "set_curdoc"]
