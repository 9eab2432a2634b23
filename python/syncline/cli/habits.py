"""What users of `bokeh serve` and `panel serve` type, and what it is here."""

from __future__ import annotations

HABITS = {
    # bokeh serve
    "--allow-websocket-origin": "--allow-origin, with scheme://host",
    "--unused-session-lifetime": "--session-ttl, in seconds",
    "--disable-index": "--index none",
    "--disable-index-redirect": "not there: / leads to the only app, or lists them",
    "--session-ids": "needless: a session's id grants nothing, signed tokens do",
    "--session-token-expiration": "needless: a page's own session lets it back in",
    "--keep-alive": "needless: pages and the server look after each other",
    "--check-unused-sessions": "needless: see --session-ttl",
    "--enable-xsrf-cookies": "needless: the origin of each request is checked",
    "--ico-path": "a static file named in a template of the app's own",
    "--use-config": "--config FILE.toml",
    "--cookie-secret": "SYNCLINE_SECRET_KEY in the environment",
    "--websocket-compression-level": "not there: messages are small, and encoded once for all",
    "--websocket-compression-mem-level": "not there: messages are small, and encoded once for all",
    "--stats-log-frequency": "/metrics",
    "--mem-log-frequency": "/metrics",
    # panel serve
    "--autoreload": "--dev",
    "--root-path": "--prefix, or nothing at all: all addresses are relative",
    "--setup": "`on_server_loaded` in hooks.py",
    "--reuse-sessions": "needless for imports: see --warm",
    "--global-loading-spinner": "needless: a page says when an answer is overdue",
    "--index-titles": "the title that each app gives itself",
    "--liveness": "there always: /healthz and /readyz",
    "--liveness-endpoint": "there always: /healthz and /readyz",
    "--admin": "there always, for whoever has SYNCLINE_ADMIN_TOKEN: /admin",
    "--admin-endpoint": "always /admin",
    "--admin-log-level": "--log-level; /admin shows warnings",
    "--profiler": "not there: run the app under a profiler of yours",
    "--session-history": "not there: /admin lists the live sessions, /metrics counts all",
    "--rest-session-info": "not there: /metrics",
    "--rest-provider": "not there: `extra_patterns` of Server, or FastAPI around the apps",
    "--rest-endpoint": "not there: `extra_patterns` of Server, or FastAPI around the apps",
    "--plugins": "not there: `extra_patterns` of Server",
    "--basic-auth": "--auth basic --auth-users FILE, or SYNCLINE_AUTH_TOKEN in the environment",
    "--login-endpoint": "always /login",
    "--logout-endpoint": "always /logout",
    "--auth-template": "not there: `login_handler` of an --auth-module answers with its own page",
    "--logout-template": "not there: see --auth-module",
    "--basic-login-template": "not there: see --auth-module",
    "--oauth-provider": "--oauth-issuer URL, of any provider of OpenID Connect",
    "--oauth-key": "--oauth-client-id",
    "--oauth-secret": "SYNCLINE_OAUTH_CLIENT_SECRET in the environment",
    "--oauth-jwt-user": "--oauth-user-claim",
    "--oauth-expiry-days": "--login-ttl, in seconds",
    "--oauth-extra-params": "not there: --oauth-scope says what is asked for",
    "--oauth-encryption-key": "needless: no token of the provider is kept",
    "--oauth-refresh-tokens": "needless: no token of the provider is kept",
    "--oauth-error-template": "not there: see --auth-module",
    "--oauth-guest-endpoints": "guests, in Python: `required = False` and `authorize`",
    "--oauth-optional": "guests, in Python: a provider with `required = False`",
}


def advice(words: list[str]) -> str | None:
    """Return what the first of these words is here, where it is a habit from elsewhere."""
    for word in words:
        name = word.partition("=")[0]
        if name in HABITS:
            return f"{name} is {HABITS[name]}"
    return None
