"""What the extension needs to know of the server's kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline.transports.records import announced

if TYPE_CHECKING:
    from jupyter_server.services.kernels.kernelmanager import MappingKernelManager

    from syncline.transports.records import Announcement


def connection_file(kernels: MappingKernelManager, kernel_id: str) -> str | None:
    """Return a running kernel's connection file; None when it is gone or runs elsewhere."""
    if kernel_id not in kernels:
        return None
    # A kernel that outlives its servers was begun by another: its manager has no file of its own.
    external = getattr(kernels, "kernel_id_to_connection_file", {}).get(kernel_id)
    # A gateway's kernel manager has no connection file: its kernel is on another machine.
    file = external or getattr(kernels.get_kernel(kernel_id), "connection_file", None)
    return str(file) if file else None


def endpoint(kernels: MappingKernelManager, kernel_id: str) -> Announcement | None:
    """Return a running kernel's endpoint; None when it has none, or none here."""
    file = connection_file(kernels, kernel_id)
    return announced(file) if file else None
