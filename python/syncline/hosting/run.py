"""A program's run in a kernel of its own, shown in the session's document while it runs."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from syncline.apps import Cell, Program, SessionContext, new_error_id
from syncline.apps.entering import introduction
from syncline.hosting.bridge import Bridge
from syncline.hosting.channel import KernelChannel, Message
from syncline.hosting.errors import KernelFailed
from syncline.hosting.kept import serving
from syncline.hosting.outputs import CellOutputs, Displays
from syncline.hosting.refusals import CHANGED
from syncline.ui import Column, Markdown, Output

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncline.document import Document
    from syncline.hosting.kept import KeptKernel
    from syncline.hosting.kernels import Kernel, KernelSource

_log = logging.getLogger("syncline.hosting")
HOLD_SECONDS = 20.0
"""How long pages that come back wait for the program to make what is to be restored."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class KernelRun:
    """One session's kernel: starts it, runs the cells in order, keeps it for the documents."""

    def __init__(
        self,
        program: Program,
        doc: Document,
        source: KernelSource,
        kept: KeptKernel | None = None,
    ) -> None:
        self.program = program
        self.error_id: str | None = None
        """Set once the run has failed."""
        self.failure: str | None = None
        """Then: what an author needs to know of it, in a line."""
        self.cell: int | None = None
        """The number of the cell that runs."""
        self.bridge: Bridge | None = None
        self.finished = asyncio.Event()
        """Set when the last cell has run, or the run has failed."""
        self._page = Page(doc)
        self._kept = kept
        self._restored = asyncio.Event()
        """Set once the kernel's documents have what was kept of them: nobody is attached before."""
        self._context: SessionContext | None = doc.session_context
        self._source = source
        self._kernel: Kernel | None = None
        self._channel: KernelChannel | None = None
        self._connected = asyncio.Event()
        self._outputs: dict[str, CellOutputs] = {}
        self._task = asyncio.ensure_future(self._run())

    @property
    def kernel_id(self) -> str | None:
        """The id of its kernel, once that has started."""
        return self._kernel.id if self._kernel is not None else None

    async def connected(self) -> Bridge | None:
        """Wait until browsers can be attached; None when the kernel did not start."""
        await self._connected.wait()
        await self._restored.wait()
        return self.bridge

    def awaits(self, doc: str) -> bool:
        """Tell whether a cell that is still to run may display a document that is kept."""
        return self._kept is not None and doc in self._kept.awaited and not self.finished.is_set()

    def leave(self, text: str) -> None:
        """Send the browsers away, to come back soon."""
        if self.bridge is not None:
            self.bridge.leave(text)

    async def close(self) -> None:
        """Send the browsers away and end the kernel, however far the run has come."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._connected.set()
        self._restored.set()
        if self.bridge is not None:
            await self.bridge.close()
        if self._channel is not None:
            await self._channel.close()
        if self._kernel is not None:
            await self._source.stop(self._kernel)

    async def execute(self, code: str) -> None:
        """Run code of ours in the kernel, which shows nothing; it may fail."""
        assert self._channel is not None
        await self._channel.execute(code, silent=True)

    async def _run(self) -> None:
        try:
            await self._start()
            await self._introduce()
            await self._run_kept()
            self.finished.set()
            await self._outlive()
        except KernelFailed as error:
            self._fail("This app's kernel is not running.", None, str(error))
        except Exception:  # noqa: BLE001 - logged
            _log.exception("running %s", self.program.path.name)
            self._fail("This app could not be run.", None, "see above")
        finally:
            self._connected.set()
            self._restored.set()
            self.finished.set()

    async def _start(self) -> None:
        env = {"SYNCLINE_APP": self.program.path.name}
        starting = asyncio.ensure_future(
            self._source.start(self.program.kernel_name, self.program.folder, env)
        )
        try:
            self._kernel = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A kernel that is being born must not outlive its session.
            with suppress(KernelFailed):
                self._kernel = await starting
            raise
        self._channel = KernelChannel(self._kernel)
        await self._channel.open()
        self._channel.listen(self._hear)
        self.bridge = Bridge(self._channel)
        self._connected.set()

    async def _introduce(self) -> None:
        """Tell the kernel of the session, where its code may ask for that."""
        context, kernel = self._context, self._kernel
        spec = getattr(kernel.manager, "kernel_spec", None) if kernel is not None else None
        asks = any("syncline" in cell.source for cell in self.program.cells)
        if context is not None and asks and getattr(spec, "language", "") == "python":
            assert self._channel is not None
            if self._kept is not None:
                await self._channel.execute(serving(context.id), silent=True)
                self._kept.open(self._channel)
            await self._channel.execute(introduction(context), silent=True)

    async def _run_kept(self) -> None:
        """Run the cells, and give their documents what was kept of an earlier kernel's."""
        kept = self._kept
        if kept is None:
            self._restored.set()
            await self._run_cells()
            return
        kept.changed = self._page.put_changed
        running = asyncio.ensure_future(self._run_cells())
        try:
            if kept.awaited:
                await asyncio.wait([running], timeout=HOLD_SECONDS)
                await kept.restore()
            self._restored.set()
            await running
            await kept.ready()
        finally:
            running.cancel()

    async def _run_cells(self) -> None:
        displays = Displays()
        for cell in self.program.cells:
            if cell.kind == "markdown":
                self._page.put(cell.number, Markdown(text=cell.source))
            elif not await self._run_code(cell, displays):
                return

    async def _run_code(self, cell: Cell, displays: Displays) -> bool:
        assert self._channel is not None
        self.cell = cell.number
        outputs = CellOutputs(displays, self._page.placing(cell.number))

        def started(msg_id: str) -> None:
            self._outputs[msg_id] = outputs

        reply = (await self._channel.execute(cell.source, started))["content"]
        if reply["status"] == "ok":
            return True
        trace = "\n".join(reply.get("traceback", ())) or reply["status"]
        self._fail(f"Cell {cell.number} failed.", cell.number, trace)
        return False

    async def _outlive(self) -> None:
        assert self._channel is not None
        await self._channel.dead.wait()
        raise KernelFailed("it died")

    def _hear(self, message: Message) -> None:
        content = message["content"]
        if message["msg_type"] == "stream" and content["name"] != "stdout":
            # Warnings and logging name files and show source: for the author, not for viewers. What
            # callbacks write belongs to no cell.
            _log.info("%s: %s", self.program.path.name, content["text"].rstrip())
        outputs = self._outputs.get(message["parent_header"].get("msg_id", ""))
        if outputs is not None:
            outputs.hear(message["msg_type"], content)

    def _fail(self, text: str, number: int | None, trace: str) -> None:
        self.error_id = new_error_id()
        plain = _ANSI.sub("", trace).strip()
        self.failure = f"{text} {plain.rpartition(chr(10))[2]}"
        _log.error("%s: error %s: %s\n%s", self.program.path, self.error_id, text, plain)
        self._page.put_error(number, text, self.error_id)


class Page:
    """The session's document: one column, its parts in the order of the cells."""

    def __init__(self, doc: Document) -> None:
        self._root = Column()
        self._numbers: list[int] = []
        doc.add_root(self._root)

    def placing(self, number: int) -> Callable[[Column], None]:
        """Return what puts a cell's outputs at the cell's place."""
        return lambda column: self.put(number, column)

    def put(self, number: int, part: Column | Markdown | Output) -> None:
        """Put a part after those of earlier cells, and of its own."""
        index = sum(1 for other in self._numbers if other <= number)
        self._numbers.insert(index, number)
        self._root.children.insert(index, part)

    def put_changed(self) -> None:
        """Say that what was kept does not fit any more; once, of however many documents."""
        if 0 not in self._numbers:
            self.put(0, Markdown(text=CHANGED))

    def put_error(self, number: int | None, text: str, error_id: str) -> None:
        """Say what failed, where it failed, and nothing of why."""
        last = self._numbers[-1] if self._numbers else 0
        sentence = f"{text} The rest of the page is not there. Error id: {error_id}"
        output = Output(data={"error": sentence, "text/plain": sentence})
        self.put(last if number is None else number, output)
