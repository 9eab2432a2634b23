"""Which contenders a run measures: all, or those named with `--only`."""

from __future__ import annotations

from collections.abc import Sequence

from harness.process import BENCH, OUR_PYTHON, PEERS_PYTHON, can_import
from harness.track import Track
from wire.bokeh import open_bokeh
from wire.echo import open_echo
from wire.syncline import open_syncline

SERVERS = BENCH / "servers"


def ours_runs(module: str = "syncline.server") -> bool:
    """Tell whether Syncline can be started from the project's own environment."""
    return can_import(OUR_PYTHON, module)


def wanted(name: str, role: str, only: frozenset[str]) -> bool:
    """Tell whether a contender is to run: by its name, or by its role."""
    return not only or name in only or role in only


def bokeh(name: str = "bokeh", *flags: str, mended: bool = False) -> Track:
    """Return Bokeh, as shipped or with TCP_NODELAY."""
    mend = ("--mended",) if mended else ()
    command = [PEERS_PYTHON, SERVERS / "bokeh_server.py", *mend, *flags]
    return Track(name, "peer", command, open_bokeh, "/app/metadata", slow=not mended)


def mended(name: str = "bokeh mended", *flags: str) -> Track:
    """Return Bokeh with TCP_NODELAY."""
    return bokeh(name, *flags, mended=True)


def echo(name: str = "tornado echo") -> Track:
    """Return the floor: a bare Tornado websocket, of our environment's Tornado."""
    return Track(name, "floor", [OUR_PYTHON, SERVERS / "echo_server.py"], open_echo, "/app")


def syncline(name: str = "syncline", *flags: str) -> Track:
    """Return Syncline."""
    command = [OUR_PYTHON, SERVERS / "syncline_server.py", *flags]
    return Track(name, "ours", command, open_syncline, "/healthz")


def chosen(tracks: Sequence[Track], only: frozenset[str]) -> list[Track]:
    """Return the contenders of a run, in the order of a round."""
    wished = [one for one in tracks if wanted(one.name, one.role, only)]
    return [one for one in wished if one.role != "ours" or ours_runs()]
