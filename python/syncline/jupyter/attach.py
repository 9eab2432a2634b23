"""`<base>/syncline/attach/<kernel>/<doc>`: a websocket onto a document in a running kernel."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from tornado.websocket import WebSocketClosedError

from syncline.jupyter.guard import GuardedSocket
from syncline.jupyter.kernels import endpoint
from syncline.jupyter.relay import Relay
from syncline.sync.errors import ProtocolError
from syncline.transports.records import PeerInfo, connect

if TYPE_CHECKING:
    from syncline.hosting.tokens import Role
    from syncline.sync.frames import Frame
    from syncline.transports.records import EndpointClient

GONE = (4404, "this kernel is not running, or has no live documents")
RESTARTED = (1012, "the kernel has stopped or is restarting")


class AttachSocket(GuardedSocket):
    """One page attached to one document."""

    relay: Relay | None = None
    dropped = False

    async def get(self, kernel: str, doc: str) -> None:
        # Decided before the upgrade, where the Authorizer can still be asked.
        self.role: Role = "edit" if await self.may("execute") else "view"
        await super().get(kernel, doc)

    async def open(self, kernel: str, doc: str) -> None:
        super().open()
        self.kernel_id = kernel
        client = await self._attach(kernel, doc)
        if client is None:
            self.close(*GONE)
            return
        if self.dropped:
            await client.close()
            return
        self.relay = Relay(client, self.role)
        self.pump = asyncio.create_task(self._pump(self.relay))

    async def on_message(self, message: str | bytes) -> None:
        # Tornado reads the next message when this one has been handed on: back-pressure.
        if self.relay is None or self.dropped:
            return
        try:
            answer = await self.relay.up(message)
        except ProtocolError as error:
            self.close(4400, f"bad frame: {error}"[:120])
        except OSError:
            self.close(*self._ended())
        else:
            if answer is not None:
                await self._write(answer)

    def on_close(self) -> None:
        self.drop()

    def drop(self) -> None:
        """Leave the document; what the browser still sends goes nowhere."""
        self.dropped = True
        if self.relay is not None:
            self.pump.cancel()

    @property
    def user(self) -> str:
        """Who this is."""
        return str(self.current_user.username)

    async def _attach(self, kernel: str, doc: str) -> EndpointClient | None:
        found = endpoint(self.kernel_manager, kernel)
        if found is None:
            return None
        try:
            client = await connect(found.address)
            await client.hello(found.key, doc, self._peer())
        except OSError:
            return None
        return client

    def _peer(self) -> PeerInfo:
        return PeerInfo(uuid.uuid4().hex, self.user, self.role)

    async def _pump(self, relay: Relay) -> None:
        try:
            why = await relay.down(self._write)
            self.close(*(why or self._ended()))
        except WebSocketClosedError:
            self.log.debug("syncline: a page left kernel %s", self.kernel_id)
        except Exception:
            self.log.exception("syncline: attach to kernel %s failed", self.kernel_id)
            self.close(1011, "internal error")
        finally:
            await relay.close()

    async def _write(self, frame: Frame) -> None:
        await self.write_message(frame, binary=isinstance(frame, bytes))

    def _ended(self) -> tuple[int, str]:
        return RESTARTED if self.kernel_id in self.kernel_manager else GONE
