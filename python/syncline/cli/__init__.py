"""The command `syncline`."""

from syncline.cli.main import main

__all__ = ["main"]
