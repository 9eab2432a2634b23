"""`syncline info`: what is installed, for a bug report."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import syncline
from syncline.hosting import StaticFiles

if TYPE_CHECKING:
    import argparse

PACKAGES = ("tornado", "jupyter-server", "jupyterlab", "ipykernel", "jupyter-client", "msgspec")


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("info", help="print versions, for a bug report")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line per fact."""
    facts = {"syncline": syncline.__version__, "python": platform.python_version()}
    facts |= {name: _version(name) for name in PACKAGES}
    facts["front end"] = "built" if StaticFiles().manifest else "not built"
    width = max(map(len, facts))
    for name, fact in facts.items():
        print(f"{name:<{width}}  {fact}")
    return 0


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
