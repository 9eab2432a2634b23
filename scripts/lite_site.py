"""Prepare a folder from which JupyterLite builds a site that asks no other server for anything.

    python scripts/lite_site.py lite --wheel dist/syncline-*.whl
    cd lite && jupyter lite build --contents ../notebooks --output-dir ../site

Run it in an environment of its own with `jupyterlite-core`, `jupyterlite-pyodide-kernel`, `pip` and
that wheel (`pip install --no-deps`): what is installed there goes into the site. npm and PyPI are
asked for what is not in the cache yet.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from jupyterlite_pyodide_kernel.constants import PYODIDE_PYTHON_VERSION, PYODIDE_VERSION

KERNEL = ("micropip", "packaging", "ipython", "jedi")
"""What the kernel loads by Pyodide's own list, which names a server of its own."""
CONFIG = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}
        }
    },
}

Lock = dict[str, dict[str, Any]]


def main() -> None:
    """Prepare the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder to write")
    parser.add_argument("--wheel", type=Path, required=True, help="Syncline's wheel")
    parser.add_argument("--cache", type=Path, default=Path("build/lite"), help="of downloads")
    options = parser.parse_args()
    folder, cache = options.folder, options.cache
    pyodide = cache / f"pyodide-{PYODIDE_VERSION}"
    if not pyodide.is_dir():
        vendor(fetch_pyodide(cache), pyodide)
    if not list(cache.glob("comm-*.whl")):
        download(cache, ["comm"])
    shutil.copytree(pyodide, folder / "static/pyodide", dirs_exist_ok=True)
    (folder / "pypi").mkdir(exist_ok=True)
    for wheel in (options.wheel, *cache.glob("comm-*.whl")):
        shutil.copy2(wheel, folder / "pypi")
    (folder / "jupyter-lite.json").write_text(json.dumps(CONFIG, indent=2))


def fetch_pyodide(cache: Path) -> Path:
    """Fetch the Pyodide that the kernel is made for: its core, as npm has it."""
    cache.mkdir(parents=True, exist_ok=True)
    packed = run("npm", "pack", "--silent", f"pyodide@{PYODIDE_VERSION}", cwd=cache)
    with tarfile.open(cache / packed.strip()) as archive:
        archive.extractall(cache, filter="data")
    return cache / "package"


def vendor(package: Path, target: Path) -> None:
    """Put the wheels that the kernel and Syncline need beside Pyodide, and correct its list."""
    path = package / "pyodide-lock.json"
    listed = json.loads(path.read_text())
    lock: Lock = listed["packages"]
    needed = closure(lock, KERNEL)
    platform = f"pyemscripten_{listed['info']['abi_version']}_wasm32"
    download(package, [f"{lock[key]['name']}=={lock[key]['version']}" for key in needed])
    download(package, ["msgspec"], platform)
    wheels = {plain(wheel.name.split("-")[0]): wheel for wheel in package.glob("*.whl")}
    for key in [*needed, "msgspec"]:
        wheel = wheels[plain(key)]
        lock[key] |= {
            "version": wheel.name.split("-")[1],
            "file_name": wheel.name,
            "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        }
    path.write_text(json.dumps(listed))
    package.rename(target)


def closure(lock: Lock, names: tuple[str, ...]) -> list[str]:
    """Return the keys of packages and of all they depend on."""
    keys = {plain(key): key for key in lock}
    found: dict[str, None] = {}
    todo = list(names)
    for name in todo:
        key = keys[plain(name)]
        if key not in found:
            found[key] = None
            todo += lock[key]["depends"]
    return list(found)


def plain(name: str) -> str:
    """Return the one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def download(folder: Path, requirements: list[str], platform: str = "any") -> None:
    """Download wheels for the Python in Pyodide."""
    options = ["--quiet", "--no-deps", "--only-binary=:all:", f"--dest={folder}"]
    options += [f"--python-version={PYODIDE_PYTHON_VERSION}", f"--platform={platform}"]
    run(sys.executable, "-m", "pip", "download", *options, *requirements)


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a command; return what it printed."""
    return subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
