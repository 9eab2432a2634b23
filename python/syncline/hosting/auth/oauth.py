"""Logging in elsewhere: at a provider of OpenID Connect."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from syncline.hosting.auth.base import BaseAuth, Handler, Outcome
from syncline.hosting.auth.errors import BadAuth
from syncline.hosting.auth.identity import Identity
from syncline.hosting.auth.logins import same
from syncline.hosting.auth.reply import Away, Cookie, Welcome, safe_next
from syncline.hosting.gate import Denied
from syncline.hosting.signing import BadData, Signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from syncline.hosting.auth.request import AuthRequest

SCOPE = "openid profile email"
CLAIMS = ("email", "groups", "name", "preferred_username", "roles", "sub")
"""Of what the provider says, what is kept; the rest does not fit into a cookie."""
FLOW_SECONDS = 600
"""How long logging in at the provider may take."""
FAILED = "Logging in has failed. Go back to the page you came from and try again."
COOKIE = "syncline-oauth"

_log = logging.getLogger("syncline.hosting")


class Flow(msgspec.Struct, frozen=True):
    """One login under way, in a signed cookie of the browser it began in."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    next: str
    exp: float


class OAuth(BaseAuth):
    """Lets in whom the provider knows: authorization code with PKCE, the id_token verified.

    `user_claim` is what tells one user from all others: `sub` always does; `email` only where the
    provider has verified it.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None = None,
        *,
        redirect_uri: str | None = None,
        scope: str = SCOPE,
        user_claim: str = "sub",
        claims: Iterable[str] = CLAIMS,
    ) -> None:
        try:
            from syncline.hosting.auth.provider import Provider
        except ImportError as error:
            raise BadAuth(f"{error.name} is not installed: see `syncline[oauth]`") from None
        self._provider = Provider(issuer, client_id, client_secret)
        self._redirect_uri = redirect_uri
        self._scope = scope
        self._user_claim = user_claim
        self._claims = frozenset(claims)
        self.key(secrets.token_bytes(32))
        self._logout: str | None = None

    @property
    def routes(self) -> Mapping[str, Handler]:
        """The way to the provider, and the way back."""
        return {"login": self.login, "callback": self.callback}

    def key(self, secret: str | bytes) -> None:
        """Sign with the secret of the site: another of its processes may see the way back."""
        self._signer = Signed(secret, salt="syncline oauth flow")

    def elsewhere(self) -> str | None:
        """Return where the provider ends its own login."""
        return self._logout

    async def login(self, request: AuthRequest) -> Outcome:
        """Send the browser to the provider."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        flow = Flow(
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            self._redirect_uri or f"{request.origin}{request.root}auth/callback",
            safe_next(request.arguments.get("next")),
            time.time() + FLOW_SECONDS,
        )
        url = prepare_grant_uri(
            await self._ask(self._provider.url, "authorization_endpoint"),
            self._provider.client_id,
            "code",
            flow.redirect_uri,
            self._scope,
            flow.state,
            nonce=flow.nonce,
            code_challenge=create_s256_code_challenge(flow.verifier),
            code_challenge_method="S256",
        )
        value = self._signer.write(flow)
        return Away(url, (self._cookie(flow, request, value, FLOW_SECONDS),))

    async def callback(self, request: AuthRequest) -> Outcome:
        """Take the browser back, if it is the one that was sent."""
        flow = self._flow(request)
        given = request.arguments
        if "error" in given:
            raise Denied(403, f"the provider says {given['error'][:80]!r}", told=FAILED)
        if not same(given.get("iss", self._provider.issuer), self._provider.issuer):
            raise Denied(403, "the answer is of another issuer", told=FAILED)
        code = given.get("code", "")
        claims = await self._ask(
            self._provider.claims, code, flow.verifier, flow.redirect_uri, flow.nonce
        )
        facts = await self._ask(self._provider.facts)
        self._logout = facts.get("end_session_endpoint")
        cookie = self._cookie(flow, request, "", 0)
        return Welcome(self._identity(claims), flow.next, (cookie,), _folder(flow))

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        user = claims.get(self._user_claim)
        unsure = self._user_claim == "email" and claims.get("email_verified") is not True
        if not isinstance(user, str) or not user or unsure:
            raise Denied(403, f"no {self._user_claim} of the user to rely on", told=FAILED)
        name = claims.get("name")
        kept = {key: value for key, value in claims.items() if key in self._claims}
        return Identity(user, name if isinstance(name, str) else user, kept)

    def _flow(self, request: AuthRequest) -> Flow:
        state = request.arguments.get("state", "")
        try:
            flow = self._signer.read(request.cookies.get(_name(state)), Flow)
        except BadData:
            raise Denied(403, "a login that did not begin here", told=FAILED) from None
        if flow.exp <= time.time():
            raise Denied(403, "a login that began too long ago", told=FAILED)
        if not same(flow.state, state):
            raise Denied(403, "a login that began elsewhere", told=FAILED)
        return flow

    async def _ask(self, question: Any, *arguments: Any) -> Any:
        from syncline.hosting.auth.provider import ProviderError

        try:
            return await asyncio.to_thread(question, *arguments)
        except ProviderError as error:
            raise Denied(502, str(error), told=FAILED) from None

    def _cookie(self, flow: Flow, request: AuthRequest, value: str, max_age: int) -> Cookie:
        secure = request.scheme == "https"
        return Cookie(_name(flow.state), value, max_age, secure, _folder(flow))


def _name(state: str) -> str:
    """Return the name of a flow's cookie: each tab may have one under way."""
    return f"{COOKIE}-{state[:8]}"


def _folder(flow: Flow) -> str:
    """Return where the browser sees the server, which the way back knows."""
    return urlsplit(flow.redirect_uri).path.removesuffix("/auth/callback") or "/"
