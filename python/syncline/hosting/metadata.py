"""What `<app>/metadata` says of an application."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from syncline.apps import AppLoadError
from syncline.hosting.lifecycle import log_load_error
from syncline.hosting.pool import pool

if TYPE_CHECKING:
    from syncline.apps import ApplicationContext


async def metadata_of(context: ApplicationContext) -> str:
    """Return a JSON object with the address, the title and the author's `data`.

    Raises AppLoadError when the author's code does, or gives what is no JSON.
    """
    try:
        return await pool.run(lambda: _text(context))
    except AppLoadError as error:
        log_load_error(context.name, error)
        raise


def _text(context: ApplicationContext) -> str:
    application = context.application
    try:
        given = application.metadata
        data = dict(given() if callable(given) else given or {})
        return json.dumps({"url": context.name, "title": application.title, "data": data})
    except Exception as error:
        raise AppLoadError.from_exception("metadata", error) from error
