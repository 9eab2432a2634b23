"""Running an author's code for one document, so that whatever it does has one outcome."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from syncline.apps.errors import AppLoadError
from syncline.document import set_curdoc
from syncline.model import catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncline.document import Document


@contextmanager
def loading(doc: Document, where: str) -> Iterator[None]:
    """Make a document `curdoc()`, and the classes defined inside its own.

    What the code raises becomes an AppLoadError; `sys.exit()` ends it, never the server.
    """
    scope = catalogue.scope.set(doc.state.types)
    try:
        with set_curdoc(doc):
            yield
    except SystemExit as stop:
        if stop.code not in (None, 0):
            raise AppLoadError.from_exception(where, stop) from stop
    except AppLoadError:
        raise
    except BaseException as error:
        raise AppLoadError.from_exception(where, error) from error
    finally:
        catalogue.scope.reset(scope)
