"""Inside a kernel: live documents as cell outputs, over comms and over its own endpoint."""

from __future__ import annotations

from syncline.kernel.display import install, mimebundle

__all__ = ["install", "mimebundle"]
