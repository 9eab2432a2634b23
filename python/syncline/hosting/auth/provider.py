"""An OpenID Connect provider, as it describes itself; what it says is asked for beside the loop."""

from __future__ import annotations

import threading
import time
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from syncline.hosting.origins import is_loopback

SECONDS = 10.0
"""How long the provider may take for one answer."""
FRESH_SECONDS = 3600.0
"""How long what it says of itself is taken for true."""
AGAIN_SECONDS = 30.0
"""How often an unknown key makes its keys be asked for again."""
LEEWAY = 60
"""Seconds by which its clock may be wrong."""
ALGORITHMS = ("RS256", "ES256", "PS256", "RS384", "ES384", "PS384", "RS512", "ES512", "EdDSA")
"""With a key of their own; never `none`, and nothing that our secret could sign."""


class ProviderError(Exception):
    """The provider does not answer, or not as it should."""


class Provider:
    """One issuer and this server's name and secret there."""

    def __init__(self, issuer: str, client_id: str, client_secret: str | None) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self._secret = client_secret
        self._lock = threading.Lock()
        self._facts: dict[str, Any] = {}
        self._asked = self._keys_asked = -FRESH_SECONDS
        self._keys = KeySet([])

    def facts(self) -> dict[str, Any]:
        """Return what it says of itself. Raises ProviderError."""
        with self._lock:
            if time.monotonic() - self._asked > FRESH_SECONDS:
                url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
                facts = _asked("GET", url)
                if facts.get("issuer") != self.issuer:
                    raise ProviderError(f"{url} is of another issuer: {facts.get('issuer')!r}")
                self._facts, self._asked = facts, time.monotonic()
            return self._facts

    def url(self, name: str) -> str:
        """Return one of its addresses. Raises ProviderError."""
        return _safe(self.facts().get(name))

    def claims(self, code: str, verifier: str, redirect_uri: str, nonce: str) -> dict[str, Any]:
        """Exchange a code for what it says of a user. Raises ProviderError."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        answer = _asked("POST", self.url("token_endpoint"), **self._signed(fields))
        return self._verified(answer.get("id_token"), nonce, answer.get("access_token"))

    def _signed(self, fields: dict[str, str]) -> dict[str, Any]:
        """Return a request's form and credentials."""
        if self._secret is None:
            return {"data": {**fields, "client_id": self.client_id}}
        ways = self.facts().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in ways:
            return {"data": fields, "auth": (quote(self.client_id), quote(self._secret))}
        known = {"client_id": self.client_id, "client_secret": self._secret}
        return {"data": {**fields, **known}}

    def _verified(self, token: Any, nonce: str, access_token: Any) -> dict[str, Any]:
        if not isinstance(token, str):
            raise ProviderError("there is no id_token in the answer")
        try:
            decoded = self._decoded(token)
            params = {"nonce": nonce, "client_id": self.client_id, "access_token": access_token}
            options = {
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self.client_id},
                "nonce": {"essential": True, "value": nonce},
            }
            claims = CodeIDToken(decoded.claims, decoded.header, options, params)
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError) as error:
            raise ProviderError(f"the id_token is not valid: {error}") from None
        return dict(claims)

    def _decoded(self, token: str) -> jwt.Token:
        try:
            return jwt.decode(token, self._known_keys(), algorithms=ALGORITHMS)
        except (InvalidKeyIdError, ValueError):
            # Keys are changed from time to time.
            return jwt.decode(token, self._known_keys(again=True), algorithms=ALGORITHMS)

    def _known_keys(self, *, again: bool = False) -> KeySet:
        with self._lock:
            age = time.monotonic() - self._keys_asked
            if age <= (AGAIN_SECONDS if again else FRESH_SECONDS):
                return self._keys
        keys = KeySet.import_key_set(_asked("GET", self.url("jwks_uri")))  # type: ignore[arg-type]
        with self._lock:
            self._keys, self._keys_asked = keys, time.monotonic()
            return self._keys


def _asked(method: str, url: str, **options: Any) -> dict[str, Any]:
    try:
        answer = httpx.request(method, _safe(url), timeout=SECONDS, **options)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderError(f"{url}: {error}") from None
    if not isinstance(found, dict):
        raise ProviderError(f"{url}: expected an object")
    return found


def _safe(url: Any) -> str:
    """Return an address that nobody between can read or change. Raises ProviderError."""
    parts = urlsplit(url if isinstance(url, str) else "")
    near = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not (parts.hostname and (parts.scheme == "https" or near)):
        raise ProviderError(f"expected an https address, got {url!r}")
    return str(url)
