"""The parent's lifespan: what is mounted starts and ends with it."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from syncline.asgi.application import SynclineAsgi


def syncline_lifespan(
    *mounted: SynclineAsgi,
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return the `lifespan` of an application in which these are mounted.

    One that has more to do enters them itself: `async with viz: yield`.
    """

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for each in mounted:
                each.found_in(app)
                await stack.enter_async_context(each)
            yield

    return lifespan
