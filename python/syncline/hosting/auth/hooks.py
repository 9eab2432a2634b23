"""Calling what somebody has written: async, or plain and then beside the loop."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


async def call(hook: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a hook comes to. On a thread that slow applications do not hold up."""
    if inspect.iscoroutinefunction(hook):
        return await hook(*arguments)
    found = await asyncio.to_thread(hook, *arguments)
    return await found if inspect.isawaitable(found) else found
