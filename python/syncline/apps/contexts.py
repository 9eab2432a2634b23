"""What an application's code may know about where it runs; the names are Bokeh's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from syncline.apps.request import Request
from syncline.apps.scope import Scope, checked_scope
from syncline.document.tally import Tally
from syncline.document.work import Work

if TYPE_CHECKING:
    from syncline.apps.application import Application
    from syncline.document import Document

T = TypeVar("T")
Role = Literal["edit", "view"]


class ApplicationContext:
    """One application at one address of one server."""

    def __init__(self, name: str, application: Application, session: Scope | None = None) -> None:
        self.name = name
        self.application = application
        self.session = checked_scope(session or application.session)
        """Whose a session is here."""
        self.app_state: Any = None
        """What the program around the server hands to the application's code."""
        self.server_context = ServerContext(self)
        self.tally = Tally()
        """What happened to the documents of all its sessions."""
        self._sessions: dict[str, SessionContext] = {}

    @property
    def sessions(self) -> tuple[SessionContext, ...]:
        """The live sessions, the oldest first."""
        return tuple(self._sessions.values())

    def add(self, session: SessionContext) -> None:
        """Count a session among the live ones."""
        self._sessions[session.id] = session

    def remove(self, session: SessionContext) -> None:
        """Count a session among them no more; another one may have its id by now."""
        if self._sessions.get(session.id) is session:
            del self._sessions[session.id]


class ServerContext:
    """The face of an `ApplicationContext` that lifecycle hooks are given."""

    def __init__(self, application_context: ApplicationContext) -> None:
        self.application_context = application_context

    @property
    def sessions(self) -> tuple[SessionContext, ...]:
        """The live sessions of the application, the oldest first."""
        return self.application_context.sessions

    @property
    def app_state(self) -> Any:
        """What the program around the server hands on: objects of its own, not copies."""
        return self.application_context.app_state


class SessionContext:
    """One session: who asked for it, and how. It is `document.session_context`."""

    def __init__(
        self,
        id: str,
        application_context: ApplicationContext,
        document: Document,
        request: Request | None = None,
        logout_url: str | None = None,
    ) -> None:
        self.id = id
        self.application_context = application_context
        self.request = request or Request()
        """What made the session; of later visits nothing is kept."""
        self.logout_url = logout_url
        self.sign: Callable[[Role], str] | None = None
        """Makes the session's tokens, where a server has it."""
        self.destroyed = False
        """Whether the session has ended."""
        self.document = document
        document.session_context = self
        document.observers.tally = application_context.tally

    @property
    def server_context(self) -> ServerContext:
        """The application's side of the server."""
        return self.application_context.server_context

    @property
    def app_state(self) -> Any:
        """What the program around the server hands on: objects of its own, not copies."""
        return self.application_context.app_state

    @property
    def user(self) -> str | None:
        """Whose session it is; None is anybody's."""
        return self.request.user

    def token(self, role: Role = "edit") -> str:
        """Return what lets whoever has it into the session, for `syncline.embed.server_session`.

        They act in the name of the session's user; with `"view"` they only look. It is good for as
        long as the session is there. Raises RuntimeError where no server of ours has the session,
        as in a notebook's kernel.
        """
        if self.sign is None:
            raise RuntimeError("only a session's server can make its tokens")
        return self.sign(role)

    @overload
    def with_locked_document(self, func: Callable[[Document], Awaitable[T]]) -> Work[T]: ...

    @overload
    def with_locked_document(self, func: Callable[[Document], T]) -> Work[T]: ...

    def with_locked_document(self, func: Callable[[Document], Any]) -> Work[Any]:
        """Call `func(document)` in its turn, as one of the document's callbacks; it may be async.

        From any thread. Await the result in a loop, or call its `result()` in a thread. It is
        cancelled when the session ends.
        """
        work = self.document.begin_work()
        self.document.call_soon(lambda: work.call(lambda: func(self.document)))
        return work
