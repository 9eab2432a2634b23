"""Make build/skew: environments with Syncline of other versions, each a JupyterLab and a kernel.

The wheels of other versions are built from copies of these sources in which the version, and for
`foreign` the protocol, is another.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "build/skew"
COPIED = ["jupyter-config", "labextension", "python", "scripts"]
FILES = ["LICENSE", "README.md", "install.json", "package.json", "pyproject.toml"]
BUILT = ["labextension/lib", "python/syncline/labextension", "python/syncline/static"]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", "*.tsbuildinfo")
# What else a kernel or a JupyterLab has; the widgets are for documents that its own code shows.
OTHERS = ["jupyterlab>=4.4", "ipywidgets>=8.1", "anywidget>=0.9"]
VERSION = json.loads((ROOT / "labextension/package.json").read_text(encoding="utf-8"))["version"]


@dataclass(frozen=True)
class Variant:
    """One Syncline: how it is called in build/skew, its version and its protocol."""

    name: str
    version: str
    protocol: int = 1


VARIANTS = [
    Variant("current", VERSION),
    Variant("newer", "7.1.0"),
    Variant("foreign", "8.0.0", protocol=2),
]
NONE = "none"


def alter(tree: Path, variant: Variant) -> None:
    """Write another version and another protocol into a copy of the sources."""
    version, number = re.escape(VERSION), r"\b1;?$"
    for path, old, new in [
        ("labextension/package.json", f'"version": "{version}"', f'"version": "{variant.version}"'),
        ("labextension/src/sync/version.ts", f"'{version}'", f"'{variant.version}'"),
        ("python/syncline/__init__.py", f'"{version}"', f'"{variant.version}"'),
        (
            "labextension/src/sync/version.ts",
            f"PROTOCOL = {number}",
            f"PROTOCOL = {variant.protocol};",
        ),
        (
            "python/syncline/sync/messages.py",
            f"VERSION = {number}",
            f"VERSION = {variant.protocol}",
        ),
    ]:
        file = tree / path
        text, count = re.subn(old, new, file.read_text(encoding="utf-8"), flags=re.MULTILINE)
        if count != 1:
            raise SystemExit(f"{path}: expected {old} once, found it {count} times")
        file.write_text(text, encoding="utf-8")


def copy(tree: Path) -> None:
    """Copy what a wheel is built from."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    for name in FILES:
        shutil.copy2(ROOT / name, tree / name)
    for name in COPIED:
        shutil.copytree(ROOT / name, tree / name, ignore=LEFT_OUT)
    for name in BUILT:
        shutil.rmtree(tree / name, ignore_errors=True)
    # Both: JupyterLab's builder looks for no workspace where the package has modules of its own.
    for folder in (tree, tree / "labextension"):
        (folder / "node_modules").symlink_to(ROOT / "node_modules")


def run(command: list[str], folder: Path = ROOT, **variables: str) -> None:
    """Run a command; it says what is wrong."""
    path = os.pathsep.join([str(ROOT / ".venv/bin"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, **variables}
    subprocess.run(command, cwd=folder, env=environment, check=True)


def wheel(variant: Variant) -> Path:
    """Build the wheel of a variant."""
    tree = TARGET / variant.name / "source"
    copy(tree)
    alter(tree, variant)
    run(["npm", "run", "--silent", "build:page"], tree)
    run(["npm", "run", "--silent", "build:lab"], tree)
    dist = TARGET / variant.name / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)], tree)
    return next(dist.glob("*.whl"))


def environment(name: str, *wheels: Path) -> None:
    """Make an environment of its own."""
    place = TARGET / name / "env"
    shutil.rmtree(place, ignore_errors=True)
    packages = [*OTHERS, *map(str, wheels)]
    uv = os.environ.get("UV") or shutil.which("uv") or shutil.which(str(ROOT / ".uv/bin/uv"))
    if uv:
        run([uv, "venv", "--quiet", "--python", sys.executable, str(place)])
        run([uv, "pip", "install", "--quiet", "--python", str(place / "bin/python"), *packages])
    else:
        run([sys.executable, "-m", "venv", str(place)])
        run([str(place / "bin/python"), "-m", "pip", "install", "--quiet", *packages])


def main() -> None:
    """Make all that is missing or older than the sources."""
    ready = TARGET / ".ready"
    sources = [*map(ROOT.joinpath, FILES), *(f for d in COPIED for f in (ROOT / d).rglob("*"))]
    sources = [file for file in sources if "__pycache__" not in file.parts and file.is_file()]
    if ready.exists() and ready.stat().st_mtime > max(file.stat().st_mtime for file in sources):
        return
    for variant in VARIANTS:
        environment(variant.name, wheel(variant))
    environment(NONE)
    ready.touch()


if __name__ == "__main__":
    main()
