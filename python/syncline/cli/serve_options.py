"""The options of `syncline serve`, in the groups of its help."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline.cli.kinds import count, folder, index, port, seconds, some
from syncline.cli.logs import FORMAT, LEVELS
from syncline.cli.options import CONFIG, Option, flag
from syncline.hosting.auth.door import LOGIN_RATE
from syncline.hosting.auth.logins import LOGIN_TTL
from syncline.hosting.auth.oauth import SCOPE
from syncline.hosting.auth.options import KINDS
from syncline.hosting.pool import MOST_THREADS
from syncline.hosting.sessions import MOST_SESSIONS, SESSION_TTL
from syncline.hosting.site import MOST_CLIENT_SOCKETS, MOST_SOCKETS, SESSION_RATE
from syncline.sync.messages import Limits
from syncline.sync.rate import Rate as ClientRate

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVER: dict[str, tuple[Option, ...]] = {
    "where to listen": (
        Option("port", "0 takes a free one", port, 5006),
        Option("address", "where to listen", default="127.0.0.1"),
        Option("unix-socket", "listen on a Unix socket, not on a port", Path, metavar="FILE"),
        Option("prefix", "what a proxy in front leaves on", default=""),
        Option("use-xheaders", "believe the proxy in front about the browser", flag, False),
        Option(
            "index",
            "an app, or a template, for /; or none (default: the only app, or the list)",
            index,
            metavar="APP",
        ),
        Option(
            "static-dirs",
            "serve the files of a folder at /name/..., too",
            folder,
            metavar="NAME=FOLDER",
            many=True,
        ),
        Option("ssl-certfile", "speak TLS with this certificate", Path, metavar="FILE"),
        Option("ssl-keyfile", "its key, where it is in a file of its own", Path, metavar="FILE"),
    ),
    "who may use the apps": (
        Option(
            "allow-origin",
            "another address this server is reached by: scheme://host[:port]",
            default=(),
            metavar="ORIGIN",
            many=True,
        ),
        Option("allow-anonymous", "let the whole network use the apps", flag, False),
        Option("auth", "how people log in (default: by what is given)", choices=KINDS),
        Option("auth-users", "names and hashes: syncline passwd", Path, metavar="FILE"),
        Option("auth-module", "hooks that say who somebody is", Path, metavar="FILE"),
        Option("oauth-issuer", "a provider of OpenID Connect", metavar="URL"),
        Option("oauth-client-id", "this server's name there", metavar="ID"),
        Option("oauth-redirect-uri", "ours, ending in /auth/callback", metavar="URL"),
        Option("oauth-scope", "what to ask for", default=SCOPE),
        Option("oauth-user-claim", "what tells users apart", default="sub", metavar="CLAIM"),
        Option("login-ttl", "how long a login lasts", seconds, LOGIN_TTL, metavar="SECONDS"),
        Option("login-rate", "failed logins a minute, of a client", some, LOGIN_RATE, "N"),
        Option("cookie-path", "/ where the server has its host for itself", metavar="PATH"),
        Option("admins", "a user who may see /admin and /metrics", metavar="USER", many=True),
        Option("include-headers", "of a request, what apps may see", metavar="NAME", many=True),
        Option("exclude-headers", "what they may not", metavar="NAME", many=True),
        Option("include-cookies", "the same for cookies", metavar="NAME", many=True),
        Option("exclude-cookies", "the same for cookies", metavar="NAME", many=True),
    ),
    "sessions": (
        Option(
            "session-ttl",
            "how long a session outlives its last viewer",
            seconds,
            SESSION_TTL,
            metavar="SECONDS",
        ),
        Option(
            "store",
            "keep sessions beyond a restart, such as sqlite:FILE; one with a password "
            "belongs in the environment",
        ),
        Option(
            "session-scope",
            "whose a session is, whatever an app says",
            choices=("shared", "private", "global"),
        ),
        Option("max-sessions", "how many there may be", some, MOST_SESSIONS, "N"),
        Option("max-sockets", "how many websockets there may be", some, MOST_SOCKETS, "N"),
        Option("max-client-sockets", "of one client or user", some, MOST_CLIENT_SOCKETS, "N"),
        Option("session-rate", "new ones a minute, of one of them", some, SESSION_RATE, "N"),
        Option(
            "client-bytes", "what one may send a second", some, int(ClientRate().bytes), "BYTES"
        ),
        Option(
            "client-seconds",
            "of work, what one may ask for a second",
            seconds,
            ClientRate().seconds,
            "SECONDS",
        ),
        Option(
            "websocket-max-message-size",
            "what is larger goes in parts",
            some,
            Limits().frame,
            "BYTES",
        ),
    ),
    "secrets": (
        Option("secret-key", "signs sessions; make one: syncline secret", secret=True),
        Option("auth-token", "lets in whoever knows it", secret=True),
        Option("oauth-client-secret", "known to the provider", secret=True),
        Option("admin-token", "opens /admin and /metrics", secret=True),
        Option("metrics-token", "opens /metrics", secret=True),
        Option("proxy-secret", "each request has it in X-Syncline-Secret", secret=True),
        Option("ssl-password", "of the key", secret=True),
    ),
}
"""What `Server` takes, by the same names."""

COMMAND: dict[str, tuple[Option, ...]] = {
    "apps": (
        Option("glob", "the PATHs are patterns, such as 'apps/**/*.py'", flag, False),
        Option("warm", "run every app once at the start: one that fails ends it", flag, False),
        Option("dev", "reload an app when its files change, and keep its values", flag, False),
        Option("num-threads", "for slow callbacks and new sessions", some, MOST_THREADS, "N"),
        Option("num-procs", "so many processes; 0 is one for each core", count, 1, "N"),
        Option("show", "open a browser", flag, False),
    ),
    "log": (
        Option("log-level", "how much is told", default="info", choices=LEVELS),
        Option(
            "log-format",
            "how a line looks, such as '%(levelname)s %(message)s'",
            default=FORMAT,
            metavar="FORMAT",
        ),
        Option("log-file", "a file to go on with, not stderr", Path, metavar="FILE"),
    ),
    "settings": (Option(CONFIG, "a TOML file with a table [serve]", Path, metavar="FILE"),),
}
"""What the command itself does."""

APPS = Option("apps", "the PATHs, in a file", Path, (), many=True)
ARGS = Option("args", "what scripts find in sys.argv, in a file", default=(), many=True)

GROUPS = ("apps", "where to listen", "who may use the apps", "sessions", "log", "settings")


def of_group(name: str) -> tuple[Option, ...]:
    """Return the options of one group of the help."""
    return (*COMMAND.get(name, ()), *SERVER.get(name, ()))


def everything() -> list[Option]:
    """Return all options, the secrets too."""
    tables = (*SERVER.values(), *COMMAND.values(), (APPS, ARGS))
    return [option for options in tables for option in options]


def for_server(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `Server` is to be given; it has defaults of its own for what is not set."""
    keys = [option.key for options in SERVER.values() for option in options]
    given = {key: settings[key] for key in keys if settings[key] is not None}
    if "static_dirs" in given:
        given["static_dirs"] = dict(given["static_dirs"])
    return given
