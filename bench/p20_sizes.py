"""P20: what the front-end runtimes weigh, minified and gzipped (level 9)."""

from __future__ import annotations

import gzip
import json
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.contenders import wanted
from harness.figures import at_most
from harness.process import PEERS_PYTHON, ROOT
from harness.result import Contender, Result

TITLE = "front-end runtime, minified and gzipped"
METHOD = (
    "gzip level 9 of each file, summed. Peers: the files their own server puts into a page, from "
    "their installed packages. Ours: esbuild --bundle --minify of the sources; of the page, the "
    "entry and what it imports statically (chunks loaded later, when a document needs them, and "
    "the packages of components are left out)."
)
SOURCES = ROOT / "labextension" / "src"
ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"
PAGE_ENTRY = SOURCES / "page" / "index.ts"
CORE_ROOMS = ("core", "sync")
COMPONENT_PACKAGES = ("@awesome.me/webawesome", "uplot")
# what `bokeh serve` and `panel serve` load for any page
BOKEH_FILES = ("bokeh", "bokeh-gl", "bokeh-widgets", "bokeh-tables", "bokeh-mathjax")
PANEL_FILES = ("bokeh", "bokeh-gl", "bokeh-widgets", "bokeh-tables")
WIDGETS = Path("share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/static")


def weigh(files: Iterable[Path]) -> dict[str, float | int]:
    """Return count, raw and gzipped kB of files."""
    raw = packed = count = 0
    for file in files:
        data = file.read_bytes()
        raw, packed = raw + len(data), packed + len(gzip.compress(data, 9, mtime=0))
        count += 1
    return {"files": count, "raw_kb": round(raw / 1000, 2), "gz_kb": round(packed / 1000, 2)}


def package_folder(name: str) -> Path:
    """Return the folder of a package of the peers' environment."""
    code = f"import importlib.util as u; print(u.find_spec({name!r}).submodule_search_locations[0])"
    argv = [str(PEERS_PYTHON), "-c", code]
    return Path(subprocess.run(argv, capture_output=True, check=True, text=True).stdout.strip())


def peers() -> list[Contender]:
    """Weigh the peers' runtimes."""
    bokeh = package_folder("bokeh") / "server" / "static" / "js"
    panel = package_folder("panel") / "dist" / "panel.min.js"
    bokeh_page = [bokeh / f"{name}.min.js" for name in BOKEH_FILES]
    panel_page = [*(bokeh / f"{name}.min.js" for name in PANEL_FILES), panel]
    widgets = (PEERS_PYTHON.parents[1] / WIDGETS).glob("*.js")
    return [
        Contender("BokehJS: page", "peer", weigh(bokeh_page)),
        Contender("BokehJS: bokeh.min.js alone", "peer", weigh(bokeh_page[:1])),
        Contender("Panel: page", "peer", weigh(panel_page)),
        Contender("ipywidgets: labextension", "peer", weigh(widgets)),
    ]


def bundle(entry: Path, out: Path) -> dict[str, Any]:
    """Bundle an entry as the product does; return esbuild's account of it."""
    meta = out / "meta.json"
    argv = [ESBUILD, entry, "--bundle", "--minify", "--format=esm", "--splitting"]
    argv += [f"--outdir={out}", f"--metafile={meta}", "--log-level=error", "--target=es2022"]
    argv += [f"--external:{name}{rest}" for name in COMPONENT_PACKAGES for rest in ("", "/*")]
    argv += ["--loader:.css=empty", "--loader:.svg=empty", "--legal-comments=none"]
    subprocess.run([str(part) for part in argv], check=True, cwd=ROOT)
    account: dict[str, Any] = json.loads(meta.read_text(encoding="utf-8"))
    return account


def static_closure(outputs: dict[str, Any], entry: Path) -> set[str]:
    """Return the outputs an entry needs before it can run."""
    # a lazily imported file is an entry point too: take the one that was asked for
    todo = [
        name
        for name, one in outputs.items()
        if "entryPoint" in one and (ROOT / one["entryPoint"]).resolve() == entry.resolve()
    ]
    needed: set[str] = set()
    while todo:
        name = todo.pop()
        needed.add(name)
        imports = outputs[name]["imports"]
        static = [one["path"] for one in imports if one["kind"] == "import-statement"]
        todo += [path for path in static if path in outputs and path not in needed]
    return needed


def weigh_bundle(entry: Path) -> dict[str, float | int]:
    """Bundle an entry and weigh its static closure."""
    with tempfile.TemporaryDirectory() as folder:
        outputs = bundle(entry, Path(folder))["outputs"]
        return weigh((ROOT / name).resolve() for name in static_closure(outputs, entry))


def core_files() -> list[Path]:
    """Return every source file of `core` and `sync`."""
    return sorted(file for room in CORE_ROOMS for file in (SOURCES / room).glob("*.ts"))


def weigh_core() -> dict[str, float | int]:
    """Weigh everything `core` and `sync` export: nothing is shaken off."""
    with tempfile.TemporaryDirectory() as folder:
        entry = Path(folder) / "core.ts"
        lines = [
            f"export * as {file.parent.name}_{file.stem} from {json.dumps(str(file))};"
            for file in core_files()
        ]
        entry.write_text("\n".join(lines), encoding="utf-8")
        return weigh_bundle(entry)


def ours() -> list[Contender]:
    """Weigh our runtimes, as far as their sources are there."""
    weighed = []
    if ESBUILD.exists() and core_files():
        weighed.append(Contender("Syncline: core + sync", "ours", weigh_core()))
    if ESBUILD.exists() and PAGE_ENTRY.exists():
        figures = weigh_bundle(PAGE_ENTRY)
        weighed.append(Contender("Syncline: page without components", "ours", figures))
    return weighed


def run(only: frozenset[str], quick: bool) -> Result:
    """Measure P20; nothing here depends on time, so `quick` changes nothing."""
    contenders = [one for one in (*peers(), *ours()) if wanted(one.name, one.role, only)]
    size = {one.name: one.figures["gz_kb"] for one in contenders}
    core, page = size.get("Syncline: core + sync"), size.get("Syncline: page without components")
    return Result(
        id="P20",
        title=TITLE,
        method=METHOD,
        contenders=contenders,
        checks=[
            at_most("core + sync", core, 6, " kB"),
            at_most("page without components", page, 25, " kB"),
        ],
        packages=("bokeh", "panel", "ipywidgets"),
    )
