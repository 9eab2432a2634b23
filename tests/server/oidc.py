"""A small provider of OpenID Connect: discovery, keys, PKCE, codes that are good once."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any
from urllib.parse import unquote, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

CLIENT, SECRET = "syncline", "known to the provider"


class Oidc:
    """One issuer, at which a user is logged in already."""

    def __init__(self, key: RSAKey | None = None) -> None:
        (socket,) = bind_sockets(0, "127.0.0.1")
        self.issuer = f"http://127.0.0.1:{socket.getsockname()[1]}"
        self.key = key or RSAKey.generate_key(2048, {"kid": "first"})
        self.signs_with = self.key
        self.user: dict[str, Any] = {"sub": "u-1", "email": "a@x.example", "name": "Alice"}
        self.changes: dict[str, Any] = {}
        """What is wrong in the next tokens."""
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        routes = [
            (r"/\.well-known/openid-configuration", Discovery),
            (r"/keys", Keys),
            (r"/authorize", Authorize),
            (r"/token", Token),
        ]
        application = Application([(path, view, {"oidc": self}) for path, view in routes])
        self.server = HTTPServer(application)
        self.server.add_sockets([socket])

    def id_token(self, grant: dict[str, str]) -> str:
        """Return what is said of the user."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "nonce": grant["nonce"],
            **self.user,
            **self.changes,
        }
        header = {"alg": "RS256", "kid": str(self.signs_with.kid)}
        return jwt.encode(header, claims, self.signs_with)


class View(RequestHandler):
    def initialize(self, oidc: Oidc) -> None:
        self.oidc = oidc
        oidc.asked.append(self.request.path)


class Discovery(View):
    def get(self) -> None:
        issuer = self.oidc.issuer
        self.finish(
            {
                "issuer": self.oidc.changes.get("issuer", issuer),
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "end_session_endpoint": f"{issuer}/logout",
            }
        )


class Keys(View):
    def get(self) -> None:
        self.finish({"keys": [self.oidc.key.as_dict(private=False)]})


class Authorize(View):
    def get(self) -> None:
        asked = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.oidc.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.oidc.issuer}
        self.redirect(f"{asked['redirect_uri']}?{urlencode(answer)}")


class Token(View):
    def post(self) -> None:
        kind, _, given = self.request.headers["Authorization"].partition(" ")
        name, _, secret = base64.b64decode(given).decode().partition(":")
        grant = self.oidc.codes.pop(self.get_body_argument("code"), None)
        verifier = self.get_body_argument("code_verifier")
        good = (
            grant is not None
            and (kind, name, unquote(secret)) == ("Basic", CLIENT, SECRET)
            and grant["redirect_uri"] == self.get_body_argument("redirect_uri")
            and grant["code_challenge"] == create_s256_code_challenge(verifier)
            and self.get_body_argument("grant_type") == "authorization_code"
        )
        if grant is None or not good:
            self.set_status(400)
            self.finish({"error": "invalid_grant"})
            return
        self.set_header("Content-Type", "application/json")
        tokens = {
            "access_token": "x",
            "token_type": "Bearer",
            "id_token": self.oidc.id_token(grant),
        }
        self.finish(json.dumps(tokens))
