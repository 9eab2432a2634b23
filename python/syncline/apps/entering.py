"""How a session's context reaches a kernel that runs the session's code."""

from __future__ import annotations

import json
from typing import Any

from syncline.apps.application import Application
from syncline.apps.contexts import ApplicationContext, SessionContext
from syncline.apps.request import Headers, Request
from syncline.document import curdoc

# In a namespace of its own: the notebook's is its author's. A kernel may have an older Syncline,
# or none.
_ENTER = """\
exec('''
try:
    from syncline.apps.entering import enter
except ImportError:
    pass
else:
    enter(facts)
''', {{"facts": {facts!r}}})
"""


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
    return _ENTER.format(facts=json.dumps(facts))


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
    return SessionContext(facts["id"], application, curdoc(), request, facts["logout_url"])
