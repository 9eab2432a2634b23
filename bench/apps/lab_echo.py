from typing import Any

from comm import get_comm_manager


def echo(comm: Any, opened: Any) -> None:
    """Send every message of the page back: the floor."""
    comm.on_msg(lambda message: comm.send(message["content"]["data"]))


get_comm_manager().register_target("bench.echo", echo)
