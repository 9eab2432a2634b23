"""What a user can set: `c.Syncline.servers = {"app": ["app.py"]}` and the limits."""

from __future__ import annotations

from traitlets import Bool, Dict, Float, Int
from traitlets.config import Configurable

MIB = 1 << 20


class Syncline(Configurable):
    """Settings of the Syncline extension."""

    servers = Dict(
        help="""
        Session servers to run on demand, by name, reached at `<base>/syncline/proxy/<name>/`.

        A value is a list of apps for `syncline serve` (scripts, notebooks; paths are relative to
        the folder the Jupyter server was started in), or `{"command": [...]}`, where `{socket}`
        and `{port}` stand for the address the command has to listen on.
        """,
    ).tag(config=True)
    startup_timeout = Float(30.0, help="Seconds a session server may take until it answers.").tag(
        config=True
    )
    idle_timeout = Float(
        3600.0, help="Seconds nobody uses a session server before it is ended; 0: never."
    ).tag(config=True)
    stop_timeout = Float(
        5.0, help="Seconds between asking a session server to end and killing it."
    ).tag(config=True)
    session_timeout = Float(
        900.0, help="Seconds an app's session, with its kernel, outlives its last page."
    ).tag(config=True)
    max_message_size = Int(
        32 * MIB, help="Bytes of one websocket message that attach and proxy pass on."
    ).tag(config=True)
    share_links = Bool(
        False,
        help="""
        Let who may change documents hand out links to single documents: each with a role, for a
        time, and until it is taken back. Whoever has one needs no account, except under JupyterHub,
        where the hub has to let them reach this server as well.
        """,
    ).tag(config=True)
    nodelay = Bool(
        True,
        help="""
        Set TCP_NODELAY on the websockets of all kernels: widgets of every kind answer up to 40 ms
        sooner. What `ServerApp.kernel_websocket_connection_class` names stays in charge of them.
        """,
    ).tag(config=True)
