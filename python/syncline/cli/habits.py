"""What users of `bokeh serve` and `panel serve` type, and what it is here."""

from __future__ import annotations

HABITS = {
    "--allow-websocket-origin": "--allow-origin, with scheme://host",
    "--unused-session-lifetime": "--session-ttl, in seconds",
    "--autoreload": "--dev",
    "--root-path": "--prefix, or nothing at all: all addresses are relative",
    "--disable-index": "--index none",
    "--disable-index-redirect": "not there: / leads to the only app, or lists them",
    "--session-ids": "needless: a session's id grants nothing, signed tokens do",
    "--session-token-expiration": "needless: a page's own session lets it back in",
    "--keep-alive": "needless: pages and the server look after each other",
    "--check-unused-sessions": "needless: see --session-ttl",
    "--enable-xsrf-cookies": "needless: the origin of each request is checked",
    "--ico-path": "a static file named in a template of the app's own",
    "--use-config": "--config FILE.toml",
    "--setup": "`on_server_loaded` in hooks.py",
    "--reuse-sessions": "needless for imports: see --warm",
    "--liveness": "there always: /healthz and /readyz",
    "--admin": "there always, for whoever has SYNCLINE_ADMIN_TOKEN: /admin",
    "--basic-auth": "--auth basic --auth-users FILE, or SYNCLINE_AUTH_TOKEN in the environment",
    "--auth-module": "Server(auth=...) in Python",
    "--cookie-secret": "SYNCLINE_SECRET_KEY in the environment",
    "--websocket-compression-level": "not there: messages are small, and encoded once for all",
    "--websocket-compression-mem-level": "not there: messages are small, and encoded once for all",
    "--stats-log-frequency": "/metrics",
    "--mem-log-frequency": "/metrics",
}


def advice(words: list[str]) -> str | None:
    """Return what the first of these words is here, where it is a habit from elsewhere."""
    for word in words:
        name = word.partition("=")[0]
        if name in HABITS:
            return f"{name} is {HABITS[name]}"
    return None
