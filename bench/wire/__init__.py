"""Lean protocol-level clients, all over one websocket library, so that they cost alike."""
