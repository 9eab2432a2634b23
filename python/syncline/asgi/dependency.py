"""A FastAPI dependency that says who makes a request, resolved as FastAPI resolves its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FOUND = "syncline.user"


class Answered(Exception):
    """The request was answered in place of a view, by an exception handler around."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages
        super().__init__(len(messages))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        for message in self.messages:
            await send(message)


class Dependency:
    """Calls what `Depends(...)` names, with all that it depends on itself."""

    def __init__(self, depends: Any) -> None:
        self._depends = depends
        self._parent: Any = None
        self._route: ASGIApp | None = None

    async def __call__(self, request: Request) -> Any:
        """Return what the dependency returns; raise what it raises, or `Answered`."""
        scope = {**request.scope, "method": "GET"}
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        async def send(message: Message) -> None:
            messages.append(message)

        await self._route_below(scope.get("app"))(scope, receive, send)
        if _FOUND not in scope:
            raise Answered(messages)
        return scope[_FOUND]

    def _route_below(self, parent: Any) -> ASGIApp:
        """Return a route that resolves it; the parent may override dependencies in its tests."""
        if self._route is None or parent is not self._parent:
            self._parent = parent
            self._route = _route(self._depends, parent)
        return self._route


def _route(depends: Any, parent: Any) -> ASGIApp:
    from fastapi import APIRouter, Request, Response
    from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware

    async def found(request: Request, user: Any = depends) -> Response:
        request.scope[_FOUND] = user
        return Response(status_code=204)

    router = APIRouter(
        dependency_overrides_provider=parent if hasattr(parent, "dependency_overrides") else None
    )
    # Annotations are looked up in the module, where FastAPI is not imported.
    found.__annotations__ = {"request": Request, "user": Any}
    router.add_api_route("/{rest:path}", found, response_class=Response, include_in_schema=False)
    return AsyncExitStackMiddleware(router)
