"""A kernel with Syncline in it is the kernel it was: nothing is patched."""

from __future__ import annotations

from tests.kernel.driver import Kernel
from tests.kernel.pages import MIME, CommPage

LOOK = """
import sys, types
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
"""
USE = """
import syncline as sl
slider = sl.Slider()
slider.observe(lambda event: setattr(slider, "label", "heard"), "value")
slider
"""


def test_nothing_of_the_kernel_is_patched(kernel: Kernel) -> None:
    kernel.run(LOOK)
    # IPython watches what a cell writes while it runs, by another function for each cell. The
    # things themselves are kept, for an id may be given again.
    kernel.run("display(1); first = look()")
    kernel.run("second = look()")
    kernel.run("before = {k: v for k, v in second.items() if first.get(k) is v}")
    doc = kernel.shown(USE)[MIME]["doc"]
    page = CommPage(kernel, doc)
    page.until_live()
    mount = next(m for m, _, _ in page.replica.state.items())
    page.set(mount, "value", 5.0)
    page.until_value(mount, "label", "heard")
    assert int(kernel.value("len(before)")) > 1000
    changed = "{k for k, v in look().items() if k in before and before[k] is not v}"
    assert kernel.value(changed) == "set()"
