"""How a session's context reaches a kernel that runs the session's code."""

from __future__ import annotations

import asyncio
import atexit
import inspect
import json
from collections.abc import Awaitable
from typing import Any

from syncline.apps.application import Application
from syncline.apps.contexts import ApplicationContext, SessionContext
from syncline.apps.request import Headers, Request
from syncline.document import curdoc
from syncline.document.names import name_of

# In a namespace of its own: the notebook's is its author's. A kernel may have an older Syncline,
# or none.
_CALL = """\
exec('''
try:
    from {module} import {name}
except ImportError:
    pass
else:
    {name}(given)
''', {{"given": {given!r}}})
"""


def calling(module: str, name: str, given: str) -> str:
    """Return the Python code that calls a function of ours in a kernel, where it is there."""
    return _CALL.format(module=module, name=name, given=given)


def introduction(context: SessionContext) -> str:
    """Return the Python code that gives a kernel's current document the session's context."""
    request = context.request
    facts = {
        "id": context.id,
        "app": context.application_context.name,
        "title": context.application_context.application.title,
        "logout_url": context.logout_url,
        "path": request.path,
        "arguments": dict(request.arguments),
        "headers": list(request.headers.items()),
        "cookies": dict(request.cookies),
        "user": request.user,
        "claims": dict(request.claims),
    }
    return calling("syncline.apps.entering", "enter", json.dumps(facts))


def enter(text: str) -> SessionContext:
    """Let `curdoc()` know the session it runs for."""
    facts: dict[str, Any] = json.loads(text)
    request = Request(
        path=facts["path"],
        arguments={name: tuple(values) for name, values in facts["arguments"].items()},
        headers=Headers(map(tuple, facts["headers"])),
        cookies=facts["cookies"],
        user=facts["user"],
        claims=facts["claims"],
    )
    application = ApplicationContext(facts["app"], Application(title=facts["title"]))
    context = SessionContext(facts["id"], application, curdoc(), request, facts["logout_url"])
    # A session's kernel is asked to end by itself, and ends with the session.
    atexit.register(leave, context)
    return context


def leave(context: SessionContext) -> None:
    """Call what the document's code wants to be called at the end of its session."""
    context.destroyed = True
    document = context.document
    for fn in document.session_destroyed_callbacks:
        try:
            result = fn(context)
            if inspect.isawaitable(result):
                asyncio.run(_awaited(result))
        except Exception as error:  # noqa: BLE001  whatever it raises is its author's
            document.report(error, name_of(fn))


async def _awaited(work: Awaitable[Any]) -> None:
    await work
