"""SIGINT and SIGTERM as the end of serving."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_signals(stopping: asyncio.Event) -> Iterator[None]:
    """Set `stopping` when this process is asked to end; asked twice, it ends at once.

    On another thread than the main one nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def asked(number: int) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()

    before = {number: signal.getsignal(number) for number in NUMBERS}
    for number in NUMBERS:
        try:
            loop.add_signal_handler(number, asked, number)
        except NotImplementedError:
            signal.signal(number, lambda n, _: loop.call_soon_threadsafe(asked, n))
    try:
        yield
    finally:
        for number, handler in before.items():
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)
            signal.signal(number, handler)
