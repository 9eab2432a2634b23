"""What a Jupyter server pays for the extension before anybody uses it."""

from __future__ import annotations

import subprocess
import sys

LOAD = """
import sys
import syncline.jupyter.extension
from syncline.jupyter.routes import handlers
handlers()
print(*(name for name in sys.modules if name.startswith("syncline.")))
"""


def test_loading_it_leaves_out_what_only_apps_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    assert "syncline.jupyter.proxy" in loaded
    heavy = {"apps", "hosting.sessions", "hosting.pages", "hosting.visits", "ui", "server"}
    assert not loaded & {f"syncline.{name}" for name in heavy}
