"""`syncline info`: what is installed, for a bug report."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import jupyter_path

import syncline
from syncline.hosting import StaticFiles
from syncline.hosting.pages import PROTOCOL

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

PACKAGES = (
    "tornado",
    "jupyter-server",
    "jupyterlab",
    "jupyterhub",
    "ipykernel",
    "jupyter-client",
    "msgspec",
    "numpy",
    "starlette",
    "redis",
    "authlib",
    "watchfiles",
)


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "info",
        help="print versions, for a bug report",
        description="Print what is installed, one fact a line, for a bug report.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line per fact."""
    facts = dict(_facts())
    width = max(map(len, facts))
    for name, fact in facts.items():
        print(f"{name:<{width}}  {fact}")
    return 0


def _facts() -> Iterator[tuple[str, str]]:
    yield "syncline", syncline.__version__
    yield "protocol", str(PROTOCOL)
    yield "python", f"{platform.python_version()} at {sys.executable}"
    yield "platform", f"{platform.platform()}, {os.cpu_count()} processors"
    for name in PACKAGES:
        yield name, _version(name)
    yield "front end", "built" if StaticFiles().manifest else "not built"
    yield "lab extension", _place("labextensions", "syncline-lab")
    yield "kernels", ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
    # Names alone: a value may be a secret.
    yield "environment", ", ".join(sorted(_variables())) or "nothing set"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _place(*parts: str) -> str:
    places = (Path(folder, *parts) for folder in jupyter_path())
    return next((str(place) for place in places if place.exists()), "not installed")


def _variables() -> Iterator[str]:
    return (name for name in os.environ if name.startswith("SYNCLINE_"))
