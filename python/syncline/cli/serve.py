"""`syncline serve`: apps, notebooks and whole folders of them, on a port."""

from __future__ import annotations

import argparse
import functools
import importlib.util
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncline.cli.errors import UsageError, status_of
from syncline.cli.logs import begin_log
from syncline.cli.options import settle
from syncline.cli.serve_options import GROUPS, SERVER, everything, for_server, of_group
from syncline.cli.sources import applications, files, matching
from syncline.hosting import is_loopback
from syncline.hosting.pool import pool
from syncline.hosting.warm import warm
from syncline.server.serving import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syncline.server import Server

USAGE = "%(prog)s PATH [PATH ...] [options] [--args ...]"
ABOUT = "Serve scripts, notebooks and folders as apps, each at an address of its own."
EPILOG = """\
Every option may also stand in the environment, as SYNCLINE_ and its name
(SYNCLINE_SESSION_TTL=60), or in a TOML file, in a table [serve]
(session_ttl = 60; apps = ["app.py"]). The command line counts before the
environment, that before the file, and the file before the defaults. What is on
is switched off again by --no-...

secrets, never on a command line, in the environment or the file:
"""
_PASSWORD = re.compile(r"://[^/@]*:[^/@]+@")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "serve",
        help="serve scripts and notebooks as apps",
        usage=USAGE,
        description=ABOUT,
        epilog=EPILOG + _secrets(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a .py or .ipynb file, or a folder"
    )
    for name in GROUPS:
        group = parser.add_argument_group(name)
        for option in of_group(name):
            option.add_to(group)
    parser.add_argument(
        "--args",
        nargs=argparse.REMAINDER,
        default=argparse.SUPPRESS,
        help="all that follows is what scripts find in sys.argv",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    settings = _settings(vars(arguments))
    begin_log(settings["log_level"], settings["log_format"], settings["log_file"])
    pool.most = settings["num_threads"]
    paths = settings["apps"]
    found = files(matching(paths) if settings["glob"] else paths)
    return serve(
        applications(found, settings["args"]),
        num_procs=settings["num_procs"],
        begun=functools.partial(_begin, settings, found),
        failed=status_of,
        **for_server(settings),
    )


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was asked for in all places. Raises UsageError."""
    if _PASSWORD.search(given.get("store", "")):
        raise UsageError("a store's password belongs in SYNCLINE_STORE, not on a command line")
    settings = settle(everything(), given)
    # It may hold a password: no app and no kernel has to know it.
    os.environ.pop("SYNCLINE_STORE", None)
    settings["apps"] = given["paths"] or settings["apps"]
    if not settings["apps"]:
        raise UsageError("give an app to serve: a .py or .ipynb file, or a folder")
    if settings["dev"]:
        _check_dev(settings)
    return settings


def _check_dev(settings: dict[str, Any]) -> None:
    """Let sessions begin again by themselves; raise UsageError where that would be wrong."""
    if importlib.util.find_spec("watchfiles") is None:
        raise UsageError("--dev needs watchfiles: pip install 'syncline[reload]'")
    if settings["num_procs"] != 1:
        raise UsageError("--dev is for one process, not for --num-procs")
    if settings["unix_socket"] is None and not is_loopback(settings["address"]):
        raise UsageError("--dev shows what is wrong to whoever looks: it is for this machine alone")
    # By which pages find their sessions again.
    settings["store"] = settings["store"] or "memory:"


async def _begin(
    settings: Mapping[str, Any], paths: Mapping[str, Path], server: Server, first: bool
) -> None:
    if first:
        for url in server.urls.values():
            print(f"syncline: {url}", flush=True)
        if settings["show"]:
            server.show()
    if settings["warm"]:
        server.site.start()
        await warm(server.site)
    if settings["dev"]:
        from syncline.hosting.reload import Reloader

        server.site.start()
        server.site.beside(Reloader(server.site, paths, settings["args"]).watch())


def _secrets() -> str:
    options = SERVER["secrets"]
    width = max(len(option.variable) for option in options)
    return "\n".join(f"  {option.variable:<{width}}  {option.help}" for option in options)
