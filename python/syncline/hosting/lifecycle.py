"""Calling an application's lifecycle hooks: what one raises is logged, and the server lives."""

from __future__ import annotations

import asyncio
import inspect
import logging
from contextlib import nullcontext
from typing import TYPE_CHECKING

from syncline.apps import AppLoadError, SessionContext, new_error_id
from syncline.document import set_curdoc
from syncline.hosting.pool import pool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncline.apps import ApplicationContext, Hook, ServerContext

_log = logging.getLogger("syncline.hosting")
HOOK_SECONDS = 30.0
"""How long anybody waits for one hook."""


async def load(application: ApplicationContext) -> None:
    """Run what an application runs once per process, and tell it that its server begins."""
    try:
        await pool.run(application.application.load)
    except AppLoadError as error:
        log_load_error(application.name, error)
    hooks = application.application.hooks("on_server_loaded")
    await call_each(application.name, hooks, application.server_context)


async def unload(application: ApplicationContext) -> None:
    """Tell an application that its server ends."""
    hooks = application.application.hooks("on_server_unloaded")
    await call_each(application.name, hooks, application.server_context)


class Loaded:
    """The applications that have heard, or are hearing, that their server begins."""

    def __init__(self) -> None:
        self._tasks: dict[ApplicationContext, asyncio.Task[None]] = {}

    @property
    def ready(self) -> bool:
        """Whether all have heard."""
        return all(task.done() for task in self._tasks.values())

    def begin(self, application: ApplicationContext) -> asyncio.Task[None]:
        """Tell an application, once; return what ends when it has heard."""
        if application not in self._tasks:
            self._tasks[application] = asyncio.ensure_future(load(application))
        return self._tasks[application]

    async def end(self) -> None:
        """Tell them that their server ends."""
        while self._tasks:
            application, task = self._tasks.popitem()
            await task
            await unload(application)


async def call_each(
    app: str, hooks: Iterable[Hook], context: ServerContext | SessionContext, *more: object
) -> None:
    """Call hooks with a context, in order: sync ones on the pool, async ones in the loop."""
    for hook in hooks:
        try:
            async with asyncio.timeout(HOOK_SECONDS):
                await _call(hook, context, *more)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - logged
            where = getattr(hook, "__qualname__", repr(hook))
            _log.error("%s: error %s in %s", app, new_error_id(), where, exc_info=error)


def log_load_error(app: str, error: AppLoadError) -> None:
    """Write down for the author what the viewer is not shown."""
    _log.error("%s: error %s: %s\n%s", app, error.error_id, error, error.traceback)


async def _call(hook: Hook, context: ServerContext | SessionContext, *more: object) -> None:
    current = set_curdoc(context.document) if isinstance(context, SessionContext) else nullcontext()
    with current:
        result = await pool.run(lambda: hook(context, *more))
        if inspect.isawaitable(result):
            await result
