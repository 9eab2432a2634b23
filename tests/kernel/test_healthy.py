"""A kernel with Syncline in it is the kernel it was: nothing is patched."""

from __future__ import annotations

import ast

from tests.kernel.driver import Kernel
from tests.kernel.pages import MIME, CommPage

LOOK = """
import asyncio, logging, sys, types
ROOMS = ("ipykernel", "IPython", "comm", "jupyter_client", "traitlets", "zmq", "asyncio",
         "threading", "logging")
CODE = (types.FunctionType, type, property, classmethod, staticmethod)

def code_of(thing):
    return {key: value for key, value in list(vars(thing).items()) if isinstance(value, CODE)}

def look():
    seen = {}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ROOMS:
            for key, value in code_of(module).items():
                seen[name, key] = value
                if isinstance(value, type):
                    seen.update({(name, key, k): v for k, v in code_of(value).items()})
    shell = get_ipython()
    streams = (sys.stdout, sys.stderr)
    for thing in (shell, shell.kernel, *streams, shell.display_pub, shell.displayhook):
        own = {k: v for k, v in list(vars(thing).items()) if callable(v)}
        seen.update({(type(thing).__name__, k): v for k, v in own.items()})
    hooks = {"displayhook": sys.displayhook, "excepthook": sys.excepthook, "streams": sys.stdout}
    seen.update(hooks)
    return seen

def name(thing):
    of = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{of.__module__}.{of.__qualname__}"

def lists():
    # What hangs on the kernel and the process, by the place where it hangs.
    shell, root = get_ipython(), logging.getLogger()
    kernel, manager = shell.kernel, shell.magics_manager
    things = {"shell": shell, "kernel": kernel, "stdout": sys.stdout, "stderr": sys.stderr,
              "display_pub": shell.display_pub, "displayhook": shell.displayhook,
              "comm_manager": kernel.comm_manager, "session": kernel.session,
              "iopub_thread": kernel.iopub_thread, "loop": asyncio.get_running_loop()}
    places = {place: vars(thing) for place, thing in things.items() if hasattr(thing, "__dict__")}
    places |= {"shell_handlers": kernel.shell_handlers, "control": kernel.control_handlers,
               "targets": kernel.comm_manager.targets, **manager.magics}
    places |= {f"on {event}": map(name, them) for event, them in shell.events.callbacks.items()}
    places |= {"meta_path": map(name, sys.meta_path), "path_hooks": map(name, sys.path_hooks)}
    ways = ("input_transformers_cleanup", "input_transformers_post", "ast_transformers")
    places |= {way: map(name, getattr(shell, way)) for way in ways}
    places |= {kind: map(name, made.type_printers)
               for kind, made in shell.display_formatter.formatters.items()}
    places["hooks"] = map(name, getattr(shell.display_pub._thread_local, "hooks", []))
    loggers = {"root": root, **root.manager.loggerDict}
    places |= {f"logging {of}": [*map(name, logger.handlers), *map(name, logger.filters)]
               for of, logger in loggers.items() if isinstance(logger, logging.Logger)}
    return {f"{place}: {one}" for place, ones in places.items() for one in ones}
"""
USE = """
import syncline as sl
slider = sl.Slider()
slider.observe(lambda event: setattr(slider, "label", "heard"), "value")
slider
"""

ADDED = {
    "targets: syncline.v1",
    "on post_run_cell: syncline.kernel.hosts.Shims.drop",
    "on post_run_cell: syncline.kernel.mounts.Mounts._end",
}
"""All that hangs on a kernel with Syncline in it, and not on one without."""


def test_nothing_of_the_kernel_is_patched(kernel: Kernel) -> None:
    kernel.run(LOOK)
    # IPython watches what a cell writes while it runs, by another function for each cell. The
    # things themselves are kept, for an id may be given again.
    kernel.run("display(1); first = look()")
    kernel.run("second = look()")
    kernel.run("before = {k: v for k, v in second.items() if first.get(k) is v}")
    kernel.run("'the first that is shown: IPython keeps it'")
    kernel.run("hung = lists()")
    doc = kernel.shown(USE)[MIME]["doc"]
    page = CommPage(kernel, doc)
    page.until_live()
    mount = next(m for m, _, _ in page.replica.state.items())
    page.set(mount, "value", 5.0)
    page.until_value(mount, "label", "heard")
    assert int(kernel.value("len(before)")) > 1000
    changed = "{k for k, v in look().items() if k in before and before[k] is not v}"
    assert kernel.value(changed) == "set()"
    added = set(ast.literal_eval(kernel.value("sorted(lists() - hung)")))
    assert added == ADDED
