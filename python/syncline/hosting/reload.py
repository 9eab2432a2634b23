"""Apps that follow their files while somebody writes them: for the author alone, on this machine.

When a file changes, each session of its app begins again by the new code, with the values it has.
Code that fails changes nothing; the pages say what is wrong with it until it is mended.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import awatch

from syncline.apps import AppError, AppLoadError, application_for
from syncline.apps.surroundings import forget_modules
from syncline.hosting.lifecycle import call_each, log_load_error, unload
from syncline.hosting.pool import pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from watchfiles import Change

    from syncline.apps import Application
    from syncline.hosting.site import Site

CODE = (".py", ".ipynb")
"""What sessions begin again for; other files are read anew with each page."""
_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+)')

_log = logging.getLogger("syncline.hosting")


@dataclass(frozen=True)
class Source:
    """What an application is made from."""

    path: Path
    words: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where its modules are."""
        return self.path if self.path.is_dir() else self.path.parent

    def make(self) -> Application:
        """Return the application as its files are now. Raises AppError."""
        return application_for(self.path, words=self.words)


class Reloader:
    """Watches the files of a site's applications, which are told by name."""

    def __init__(self, site: Site, paths: Mapping[str, Path], words: Sequence[str] = ()) -> None:
        self._site = site
        site.sessions.maker.keeps = True
        self._sources = {name: Source(path.resolve(), tuple(words)) for name, path in paths.items()}

    async def watch(self) -> None:
        """Go on until cancelled."""
        folders = {source.folder for source in self._sources.values()}
        async for changes in awatch(*folders, watch_filter=_is_code):
            touched = {Path(path) for _, path in changes}
            for name in self._sources:
                if self._is_touched(name, touched):
                    await self.reload(name)

    async def reload(self, name: str) -> None:
        """Let an application's sessions begin again by its code as it is now."""
        context = self._site.contexts[name]
        source = self._sources[name]
        try:
            await pool.run(lambda: forget_modules(source.folder))
            application = await pool.run(source.make)
            await pool.run(application.load)
        except AppError as error:
            self._fail(name, error)
            return
        await unload(context)
        context.application = application
        hooks = application.hooks("on_server_loaded")
        await call_each(name, hooks, context.server_context)
        await self._rebuild(name)

    async def _rebuild(self, name: str) -> None:
        for session in self._site.sessions:
            if session.app != name:
                continue
            try:
                await self._site.sessions.rebuild(session)
            except AppLoadError as error:
                # Told in the log already. Others of this app would fail alike.
                self._tell(name, error)
                return
        _log.info("%s was reloaded", name)

    def _is_touched(self, name: str, paths: Iterable[Path]) -> bool:
        """Tell whether a file is an application's own, or one that its folder's apps share."""
        source = self._sources[name]
        others = {other.path for other in self._sources.values()} - {source.path}
        return any(
            path.is_relative_to(source.folder)
            and not any(path.is_relative_to(other) for other in others)
            for path in paths
        )

    def _fail(self, name: str, error: AppError) -> None:
        if isinstance(error, AppLoadError):
            log_load_error(name, error)
        else:
            _log.error("%s: %s", name, error)
        self._tell(name, error)

    def _tell(self, name: str, error: AppError) -> None:
        text = what_failed(error, self._sources[name].folder)
        for session in self._site.sessions:
            if session.app == name:
                self._site.admin.send(session.id, f"Still as before: {text}")


def what_failed(error: AppError, folder: Path) -> str:
    """Return in a line what an author has to mend, and where in this folder that is."""
    if not isinstance(error, AppLoadError):
        return str(error)
    what = error.traceback.rstrip().splitlines()[-1]
    places = [(Path(file), line) for file, line in _PLACE.findall(error.traceback)]
    own = [place for place in places if place[0].is_relative_to(folder)]
    if not own:
        return what
    file, line = own[-1]
    return f"{file.relative_to(folder)}, line {line}: {what}"


def _is_code(change: Change, path: str) -> bool:
    parts = Path(path).parts
    hidden = any(part.startswith(".") or part in ("__pycache__", "node_modules") for part in parts)
    return path.endswith(CODE) and not hidden
