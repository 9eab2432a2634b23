"""`syncline export`: what an app shows, as one HTML file."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from syncline.apps import ApplicationContext, application_for
from syncline.cli.errors import UsageError
from syncline.embed.copy import Recording, mounts_of, record
from syncline.embed.export import write
from syncline.embed.runtime import NotBuilt
from syncline.hosting import ServerSession, Sessions

if TYPE_CHECKING:
    import argparse

TOLD_AFTER = 2.0
"""Seconds: what takes longer says how far it is."""
_IN_KERNEL = "__import__('syncline.embed.copy', fromlist=['copy']).write_mounts(**{arguments!r})"


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("export", help="run an app once, and write a copy to an HTML file")
    add = parser.add_argument
    add("path", type=Path, metavar="PATH", help="a .py or .ipynb file, or the folder of an app")
    add("-o", "--output", type=Path, metavar="FILE", help="default: the app's name, .html")
    add("--title", help="the page's title (default: the app's own)")
    add("--trust", action="store_true", help="include the code of the app's own views")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the file and say how large it is."""
    path = arguments.path.resolve()
    output = arguments.output or Path(f"{path.stem}.html")
    try:
        size = asyncio.run(_export(path, output, arguments.title, arguments.trust))
    except NotBuilt as error:
        raise UsageError(str(error)) from None
    print(f"syncline: {output} ({size / 1e6:.1f} MB)")
    return 0


async def _export(path: Path, output: Path, title: str | None, trust: bool) -> int:
    sessions = Sessions()
    context = ApplicationContext(path.stem, application_for(path))
    try:
        session = await sessions.create(context)
        await _finished(session, path.name)
        documents = await _recorded(session, trust=trust)
        named = title or session.document.title
        options = {"title": named, "theme": session.document.theme, "trust": trust}
        return await asyncio.to_thread(_write, documents, output, options)
    finally:
        await sessions.close()


def _write(documents: dict[str, Recording], output: Path, options: dict[str, Any]) -> int:
    try:
        return write(documents, output, **options)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror or error}") from None


async def _finished(session: ServerSession, name: str) -> None:
    """Wait until all cells have run, and say which one does."""
    run = session.run
    if run is None:
        return
    told: int | None = None
    while not run.finished.is_set():
        try:
            await asyncio.wait_for(run.finished.wait(), TOLD_AFTER)
        except TimeoutError:
            if run.cell != told and run.cell is not None:
                told = run.cell
                last = run.program.cells[-1].number
                print(f"syncline: {name}: cell {told} of {last}", file=sys.stderr)
    if run.failure is not None:
        raise UsageError(f"{name}: {run.failure}")


async def _recorded(session: ServerSession, *, trust: bool) -> dict[str, Recording]:
    """Return what the session shows, and the documents of its kernel that are mounted there."""
    documents = record(session.document, trust=trust)
    mounts = mounts_of(session.document)
    if session.run is None or not mounts:
        return documents
    with tempfile.TemporaryDirectory(prefix="syncline-") as folder:
        file = Path(folder) / "documents.json"
        arguments = {"path": str(file), "mounts": mounts, "trust": trust}
        await session.run.execute(_IN_KERNEL.format(arguments=arguments))
        if not file.is_file():
            raise UsageError("the kernel could not say what it shows: has it this Syncline?")
        there = msgspec.json.decode(file.read_bytes(), type=dict[str, Recording])
    return {**there, **documents}
