"""Carriers: one thin file each, the same methods in the same order (open, receive, send, close)."""
