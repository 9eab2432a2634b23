"""A connection class somebody has configured: it writes down what its socket is set to."""

from __future__ import annotations

import socket
from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class Telling(ZMQChannelsWebsocketConnection):
    """A kernel websocket that tells the log of its TCP_NODELAY."""

    def connect(self) -> Any:
        connection: Any = self.websocket_handler.ws_connection
        there = connection.stream.socket
        nodelay = there.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        self.log.info("nodelay=%s limit=%s", nodelay != 0, self.iopub_msg_rate_limit)
        return super().connect()
