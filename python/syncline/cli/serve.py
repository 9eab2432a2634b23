"""`syncline serve`: apps, notebooks and whole folders of them, on a port."""

from __future__ import annotations

import argparse
import itertools
import logging
import os
from pathlib import Path
from typing import Any

from syncline.apps import AppNotFound, is_app
from syncline.hosting.sessions import SESSION_TTL
from syncline.server import BadName, Server
from syncline.server.names import name_of

PROXY_SECRET = "SYNCLINE_PROXY_SECRET"
"""Environment: when set, every request must carry it. Never an option: command lines are public."""
_KINDS = (".py", ".ipynb")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("serve", help="serve scripts and notebooks as apps")
    add = parser.add_argument
    add("paths", nargs="+", type=Path, metavar="PATH", help="a .py or .ipynb file, or a folder")
    add("--port", type=_port, default=5006, help="0 takes a free one (default: 5006)")
    add("--address", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    add("--unix-socket", type=Path, metavar="FILE", help="listen on a Unix socket, not on a port")
    add("--allow-origin", action="append", default=[], metavar="ORIGIN")
    add("--allow-anonymous", action="store_true", help="let the whole network use the apps")
    add("--prefix", default="", help="what a proxy in front leaves on (default: nothing)")
    add("--use-xheaders", action="store_true", help="believe the proxy in front about the browser")
    add("--index", metavar="APP", help="an app, or a template, for / (default: the list of apps)")
    add("--ssl-certfile", type=Path, metavar="FILE", help="speak TLS with this certificate")
    add("--ssl-keyfile", type=Path, metavar="FILE", help="password: SYNCLINE_SSL_PASSWORD")
    add("--session-ttl", type=_seconds, default=SESSION_TTL, metavar="SECONDS")
    add("--show", action="store_true", help="open a browser")
    add("--log-level", default="info", choices=("debug", "info", "warning", "error"))
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    _log_to_stderr(arguments.log_level)
    server = Server(
        applications(arguments.paths),
        port=arguments.port,
        address=arguments.address,
        unix_socket=arguments.unix_socket,
        allow_origin=arguments.allow_origin,
        allow_anonymous=arguments.allow_anonymous,
        prefix=arguments.prefix,
        use_xheaders=arguments.use_xheaders,
        index=arguments.index or True,
        ssl_certfile=arguments.ssl_certfile,
        ssl_keyfile=arguments.ssl_keyfile,
        ssl_password=os.environ.pop("SYNCLINE_SSL_PASSWORD", None),
        session_ttl=arguments.session_ttl,
        # Taken out of the environment: no app and no kernel has to know them.
        secret_key=os.environ.pop("SYNCLINE_SECRET_KEY", None),
        proxy_secret=os.environ.pop(PROXY_SECRET, None),
        admin_token=os.environ.pop("SYNCLINE_ADMIN_TOKEN", None),
        metrics_token=os.environ.pop("SYNCLINE_METRICS_TOKEN", None),
    )
    for url in server.urls.values():
        print(f"syncline: {url}", flush=True)
    if arguments.show:
        server.show()
    server.run_until_shutdown()
    return 0


def applications(paths: list[Path]) -> dict[str, Path]:
    """Return the files to serve by name; a folder stands for the apps in it."""
    found: dict[str, Path] = {}
    for path in itertools.chain.from_iterable(map(_files, paths)):
        name = name_of(path)
        if name in found:
            raise BadName(f"two apps are called {name!r}: {found[name]} and {path}")
        found[name] = path
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir() or is_app(path):
        return [path]
    files = sorted(
        file
        for file in path.iterdir()
        if (file.suffix in _KINDS or is_app(file)) and file.name[0] not in "._"
    )
    if not files:
        raise AppNotFound(f"no .py or .ipynb file and no folder with a main.py in {path}")
    return files


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger().setLevel(level.upper())
    # Each request is a line: wanted only by whoever looks for trouble.
    logging.getLogger("tornado.access").setLevel("DEBUG" if level == "debug" else "WARNING")


def _port(word: str) -> int:
    port = int(word)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, got {word}")
    return port


def _seconds(word: str) -> float:
    seconds = float(word)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"expected more than 0 seconds, got {word}")
    return seconds
