"""A JupyterHub in which every user has Syncline under their own URL.

One machine, local processes and no passwords: for trying it out, and for the tests.  What a real
hub changes is the authenticator and the spawner; nothing that concerns Syncline.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
STATE = Path(os.environ.get("HUB_STATE", Path.cwd() / "hub-state")).resolve()
PORT = int(os.environ.get("HUB_PORT", "8000"))
STATE.mkdir(parents=True, exist_ok=True)

# The hub listens where users come, and on two private ports behind it.
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{PORT + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"
c.ConfigurableHTTPProxy.command = os.environ.get(
    "HUB_PROXY", str(ROOT / "node_modules" / ".bin" / "configurable-http-proxy")
)
c.ConfigurableHTTPProxy.pid_file = str(STATE / "proxy.pid")
c.JupyterHub.cleanup_servers = True
c.JupyterHub.db_url = f"sqlite:///{STATE / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(STATE / "cookie_secret")

# Anybody may be anybody: replace these two lines on a machine that others can reach.
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True

# Each user's server is a local process with a folder of its own.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(STATE / "home" / "{username}")
c.Spawner.cmd = [str(Path(sys.executable).with_name("jupyterhub-singleuser"))]
c.Spawner.http_timeout = 90
c.Spawner.start_timeout = 90
c.Spawner.default_url = "/lab"
c.Spawner.args = [
    *(["--allow-root"] if os.geteuid() == 0 else []),
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    # All there is to say about Syncline: which apps to run on demand.
    f"--Syncline.servers={{'app': [{str(ROOT / 'examples' / 'app.py')!r}]}}",
]


def with_notebooks(spawner):
    """Put the examples into a new user's folder."""
    home = Path(spawner.user_env({})["HOME"])
    for source in (ROOT / "notebooks").rglob("*"):
        target = home / source.relative_to(ROOT / "notebooks")
        if source.is_file() and ".ipynb_checkpoints" not in source.parts and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())


c.Spawner.pre_spawn_hook = with_notebooks
