"""Documents of sessions that run elsewhere: a served app's, or one in a kernel.

    import syncline.client

    with syncline.client.connect("http://localhost:8000/app") as doc:
        doc.roots[0].observe(print, "value")
        doc.roots[0].value = 5
        doc.wait()

In a coroutine `await syncline.client.pull_session(url)` gives the same.
"""

from .document import ClientDocument
from .errors import NotAllowed, ServerGone, SessionError, UnknownSession, VersionMismatch
from .push import push_document, push_session
from .session import connect, pull_document, pull_session

__all__ = [
    "ClientDocument",
    "NotAllowed",
    "ServerGone",
    "SessionError",
    "UnknownSession",
    "VersionMismatch",
    "connect",
    "pull_document",
    "pull_session",
    "push_document",
    "push_session",
]
