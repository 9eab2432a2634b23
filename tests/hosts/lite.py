"""A JupyterLite site with these sources, and a server of files for it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from playwright.sync_api import Page

from tests.browser.driver import ROOT, notebook_ready, process, wait_for
from tests.browser.lab.lab import Notebook
from tests.ports import free_port

CACHE = ROOT / "build/lite"
PYTHON = CACHE / "venv/bin/python"


def built_site(folder: Path, cells: Sequence[str]) -> Path:
    """Build a site with a notebook `live.ipynb`, by the script that the docs name."""
    contents, site = folder / "contents", folder / "site"
    contents.mkdir()
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python", "display_name": "Python (Pyodide)"}},
    )
    nbformat.write(notebook, contents / "live.ipynb")
    wheel = built_wheel(folder)
    _run(PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", wheel)
    source = folder / "lite"
    _run(PYTHON, ROOT / "scripts/lite_site.py", source, f"--wheel={wheel}", f"--cache={CACHE}")
    options = [f"--contents={contents}", f"--output-dir={site}"]
    _run(PYTHON, "-m", "jupyterlite_core", "build", *options, cwd=source)
    config = site / "jupyter-lite.json"
    known = json.loads(config.read_text())
    known["jupyter-config-data"]["exposeAppInBrowser"] = True
    config.write_text(json.dumps(known))
    return site


def built_wheel(folder: Path) -> Path:
    """Build the wheel of what is built of the front end."""
    options = ["-t", "wheel", "-d", folder / "dist"]
    _run(sys.executable, "-m", "hatchling", "build", *options)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


@contextlib.contextmanager
def served(site: Path, log: Path) -> Iterator[str]:
    """Serve the files of a site; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind=127.0.0.1"]
    with process([*command, f"--directory={site}"], log) as server:
        base = f"http://127.0.0.1:{port}"
        wait_for(f"{base}/jupyter-lite.json", server, log)
        yield base


def opened(page: Page, base: str) -> Notebook:
    """Open the notebook, with an idle kernel of its own."""
    page.goto(f"{base}/lab/index.html?path=live.ipynb")
    return ready(Notebook(page))


def ready(notebook: Notebook) -> Notebook:
    """Wait for the kernel of a page that was opened or loaded again."""
    notebook_ready(notebook.page)
    notebook.panel = notebook.current()
    return notebook


def _run(*command: object, cwd: Path = ROOT) -> None:
    # Not with the sources that the tests are run with.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*map(str, command)], env=environment, cwd=cwd, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def forget(site: Path) -> None:
    """Remove a site: it is large."""
    shutil.rmtree(site, ignore_errors=True)
