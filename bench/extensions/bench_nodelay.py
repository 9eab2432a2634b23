"""A jupyter-server extension that mends the kernel websocket: TCP_NODELAY."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "bench_nodelay"}]


def _load_jupyter_server_extension(app: Any) -> None:
    shipped = KernelWebsocketHandler.open

    async def open_mended(self: KernelWebsocketHandler, kernel_id: str) -> Any:
        self.set_nodelay(True)
        return await shipped(self, kernel_id)

    KernelWebsocketHandler.open = open_mended
