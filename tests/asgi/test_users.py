"""Who makes a request: FastAPI's dependencies, Starlette's middleware, functions."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import RedirectResponse
from starlette.applications import Starlette
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    BaseUser,
    SimpleUser,
)
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import Mount

from syncline.asgi import SynclineAsgi, syncline_asgi, syncline_lifespan
from syncline.client import NotAllowed, pull_session
from syncline.hosting.permissions import ROUTES, Who
from tests.asgi.serving import serving
from tests.server.test_permissions import PATHS
from tests.server.test_session import counter

ANN = {"X-Name": "ann"}


def database(request: Request) -> Iterator[dict[str, str]]:
    """Be what a dependency depends on."""
    yield request.app.state.names


def signed_in(
    names: Annotated[dict[str, str], Depends(database)],
    x_name: Annotated[str | None, Header()] = None,
) -> str:
    if x_name not in names:
        raise HTTPException(401, "who are you?", {"WWW-Authenticate": "Name"})
    return names[x_name]


def in_fastapi(user: Any) -> tuple[FastAPI, SynclineAsgi]:
    viz = syncline_asgi({"counter": counter}, user=user)
    app = FastAPI(lifespan=syncline_lifespan(viz))
    app.state.names = {"ann": "ann@example"}
    app.mount("/viz", viz)
    return app, viz


async def fetch(url: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(url, headers=headers)


async def token_of(url: str, headers: dict[str, str]) -> str:
    return str((await fetch(f"{url}/ticket", headers)).json()["token"])


def users(viz: SynclineAsgi) -> list[str | None]:
    return [session.context.user for session in viz.site.sessions]


async def test_a_dependency_refuses_before_there_is_a_session_and_admits_by_name() -> None:
    app, viz = in_fastapi(Depends(signed_in))
    async with serving(app) as url:
        where = f"{url}/viz/counter"
        refused = await fetch(where)
        assert (refused.status_code, refused.json()) == (401, {"detail": "who are you?"})
        assert refused.headers["www-authenticate"] == "Name"
        assert users(viz) == []
        assert (await fetch(where, ANN)).status_code == 200
        async with await pull_session(where, headers=ANN) as document:
            assert document.roots
        assert users(viz) == ["ann@example"]


async def test_the_websocket_is_asked_the_same_and_a_token_is_its_users_own() -> None:
    app, viz = in_fastapi(Depends(signed_in))
    app.state.names["bob"] = "bob@example"
    async with serving(app) as url:
        where = f"{url}/viz/counter"
        token = await token_of(where, ANN)
        for headers in ({}, {"X-Name": "eve"}, {"X-Name": "bob"}):
            with pytest.raises(NotAllowed) as refusal:
                await pull_session(where, token=token, headers=headers)
            assert refusal.value.code == 4401
        async with await pull_session(where, token=token, headers=ANN) as document:
            assert document.roots
        assert len(viz.site.sessions) == 1


async def test_a_token_that_the_app_hands_on_is_good_whoever_the_dependency_refuses() -> None:
    app, viz = in_fastapi(Depends(signed_in))
    async with serving(app) as url:
        where = f"{url}/viz/counter"
        await fetch(where, ANN)
        (session,) = viz.site.sessions
        async with await pull_session(where, token=session.context.token()) as document:
            assert document.roots
        assert (await fetch(where, {})).status_code == 401


async def test_a_handler_of_the_application_around_answers_what_a_dependency_raises() -> None:
    class SignInFirst(Exception):
        pass

    def raises() -> str:
        raise SignInFirst

    for user in (Depends(raises), lambda request: raises()):
        app, viz = in_fastapi(user)

        @app.exception_handler(SignInFirst)
        async def sign_in(request: Request, error: SignInFirst) -> RedirectResponse:
            return RedirectResponse("/login", 303)

        async with serving(app) as url:
            response = await fetch(f"{url}/viz/counter")
        assert (response.status_code, response.headers["location"]) == (303, "/login")
        assert users(viz) == []


async def test_tests_of_the_application_around_may_override_the_dependency() -> None:
    app, _ = in_fastapi(Depends(signed_in))
    app.dependency_overrides[signed_in] = lambda: "somebody"
    async with serving(app) as url:
        assert (await fetch(f"{url}/viz/counter")).status_code == 200
    app.dependency_overrides.clear()
    async with serving(app) as url:
        assert (await fetch(f"{url}/viz/counter")).status_code == 401


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: row.name)
async def test_every_route_that_is_not_for_anyone_asks_who_it_is(row: Any) -> None:
    asked: list[str] = []

    def refuses(request: Request) -> None:
        asked.append(request.url.path)
        raise HTTPException(403)

    viz = syncline_asgi({"counter": counter}, user=refuses, admin_token="x", metrics_token="x")
    method = "POST" if row.methods == ("POST",) else "GET"
    headers = {"Authorization": "Bearer x"}
    async with serving(viz) as url, httpx.AsyncClient() as client:
        await client.request(method, f"{url}/{PATHS[row.name]}", headers=headers)
    assert bool(asked) is (row.who not in (Who.ANYONE, Who.METRICS))


async def test_a_function_says_who_it_is_and_none_is_somebody_unknown() -> None:
    async def named(request: Request) -> str | None:
        return request.query_params.get("name")

    viz = syncline_asgi(counter, user=named)
    async with serving(viz) as url:
        await fetch(f"{url}/counter?name=ann")
        await fetch(f"{url}/counter?name=ann")
        await fetch(f"{url}/counter")
        assert users(viz) == ["ann", None]


async def test_as_the_top_application_it_answers_a_refusal_itself() -> None:
    def closed(request: Request) -> None:
        raise HTTPException(403, "closed <today>", {"X-Why": "holiday"})

    viz = syncline_asgi(counter, user=closed)
    async with serving(viz) as url:
        response = await fetch(f"{url}/counter")
    assert (response.status_code, response.headers["x-why"]) == (403, "holiday")
    assert "closed &lt;today&gt;" in response.text


@pytest.mark.parametrize("found", [{"name": "ann"}, 7, ""])
async def test_a_user_without_a_name_is_nobodys_session(found: Any) -> None:
    app, viz = in_fastapi(lambda request: found)
    async with serving(app) as url:
        assert (await fetch(f"{url}/viz/counter")).status_code == 500
    assert users(viz) == []


class Numbered(BaseUser):
    is_authenticated = True
    display_name = "Ann"
    identity = "4711"


class Named(BaseUser):
    is_authenticated = True
    display_name = "annie"


class Backend(AuthenticationBackend):
    """Believes what is in a header."""

    known: dict[str, BaseUser] = {  # noqa: RUF012
        "ann": SimpleUser("ann"),
        "named": Named(),
        "numbered": Numbered(),
    }

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        given = conn.headers.get("Authorization", "").removeprefix("Basic ")
        name = base64.b64decode(given).decode()
        return (AuthCredentials(), self.known[name]) if name in self.known else None


async def test_who_starlettes_middleware_has_found_is_understood() -> None:
    viz = syncline_asgi(counter)
    app = Starlette(
        routes=[Mount("/viz", viz)],
        middleware=[Middleware(AuthenticationMiddleware, backend=Backend())],
        lifespan=syncline_lifespan(viz),
    )
    async with serving(app) as url:
        for name in ("ann", "named", "numbered"):
            headers = {"Authorization": f"Basic {base64.b64encode(name.encode()).decode()}"}
            async with await pull_session(f"{url}/viz/counter", headers=headers) as document:
                assert document.roots
        await fetch(f"{url}/viz/counter")
        assert users(viz) == ["ann", "annie", "4711", None]
