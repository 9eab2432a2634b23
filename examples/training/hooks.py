"""Called in the life of the server and of its sessions, once per process."""

import logging

import people

log = logging.getLogger("training")


def on_server_loaded(context):
    log.info("%s begins", context.application_context.name)


async def on_session_destroyed(context):
    people.leave(context.id)


def on_server_unloaded(context):
    log.info("%s ends", context.application_context.name)
