"""JupyterLab in the browser: a server of its own, a notebook, a real mouse."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.devtools import Tab
from harness.process import BENCH, OUR_PYTHON, ROOT, ServerProcess, free_port

TOKEN = "bench"
STATE = ("CONFIG", "DATA", "RUNTIME")
LAB_STATE = ("SETTINGS", "WORKSPACES")
SHOWN = """() => {
  if (document.querySelector('#jupyterlab-splash')) return false;
  const app = window.jupyterapp;
  const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)');
  const indicator = panel?.querySelector('.jp-Notebook-ExecutionIndicator');
  return panel?.querySelector('.jp-Notebook .jp-Cell') && indicator?.dataset.status === 'idle'
    && app?.commands.hasCommand('notebook:run-all-cells')
    && app.shell.currentWidget?.sessionContext?.session?.kernel?.connectionStatus === 'connected';
}"""
RUN_ALL = """() => Promise.race([
  (async () => {
    const widget = window.jupyterapp.shell.currentWidget;
    await widget.revealed;
    await widget.sessionContext.ready;
    await widget.sessionContext.session.kernel.info;
    await window.jupyterapp.commands.execute('notebook:run-all-cells');
    return true;
  })(),
  new Promise((resolve) => setTimeout(resolve, 60000)),
])"""


def write_notebook(path: Path, sources: Sequence[Path]) -> None:
    """Write a notebook with one code cell per source file."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": source.stem.replace("_", "-"),
            "source": source.read_text(encoding="utf-8").rstrip(),
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for source in sources
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook), encoding="utf-8")


class Lab(ServerProcess):
    """A JupyterLab whose state is in a folder of its own."""

    def __init__(self, python: Path, folder: Path, extensions: dict[str, bool]) -> None:
        state = folder / "state"
        env = {f"JUPYTER_{name}_DIR": str(state / name.lower()) for name in STATE}
        env |= {f"JUPYTERLAB_{name}_DIR": str(state / name.lower()) for name in LAB_STATE}
        paths = [str(BENCH / "extensions")]
        if python == OUR_PYTHON:
            # What these sources are, whatever the environment has installed.
            paths.append(str(ROOT / "python"))
            share = folder / "share" / "labextensions"
            share.mkdir(parents=True)
            (share / "syncline-lab").symlink_to(ROOT / "python" / "syncline" / "labextension")
            env["JUPYTER_PATH"] = str(share.parent)
        env |= {"IPYTHONDIR": str(state / "ipython"), "PYTHONPATH": os.pathsep.join(paths)}
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        argv: list[str | Path] = [
            python,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
        ]
        argv += [f"--port={port}", "--ServerApp.port_retries=0", "--expose-app-in-browser"]
        argv += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"]
        argv += ["--LabApp.news_url=None", f"--ServerApp.jpserver_extensions={extensions!r}"]
        url = f"{self.base}/api/status?token={TOKEN}"
        super().__init__(argv, url, env=env, cwd=folder)

    async def open(self, tab: Tab, notebook: str) -> None:
        """Open a notebook, wait for its kernel, run all its cells."""
        url = f"{self.base}/lab/tree/{notebook}?token={TOKEN}&reset"
        await tab.call("Page.navigate", url=url)
        await tab.until(SHOWN)
        if await tab.evaluate(RUN_ALL) is not True:
            raise RuntimeError("JupyterLab did not run the cells")
