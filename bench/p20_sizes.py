"""P20: what the front-end runtimes weigh, minified and gzipped (level 9)."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from harness.contenders import wanted
from harness.figures import at_most
from harness.process import PEERS_PYTHON, ROOT
from harness.result import Contender, Result

TITLE = "front-end runtime, minified and gzipped"
METHOD = (
    "gzip level 9 of each file, summed. Peers: the files their own server puts into a page, from "
    "their installed packages. Ours, by scripts/check-size.mjs: core + sync bundled for exactly "
    "the names that the page's other files import, and their second half, which is loaded once the "
    "page is live, minified as the page is; of the built page, the entry and what it imports "
    "statically (chunks loaded later, when a document needs them, are left out)."
)
CHECK_SIZE = ROOT / "scripts" / "check-size.mjs"
MANIFEST = ROOT / "python" / "syncline" / "static" / "manifest.json"
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


def built() -> dict[str, dict[str, float | int]]:
    """Weigh our runtimes by the script that keeps them within their budget."""
    out = subprocess.run(
        ["node", str(CHECK_SIZE), "--json"], check=True, capture_output=True, cwd=ROOT
    )
    return {one["name"]: {"gz_kb": round(one["size"] / 1000, 2)} for one in json.loads(out.stdout)}


def ours() -> list[Contender]:
    """Weigh our runtimes, as far as they are built."""
    if not MANIFEST.exists():
        return []
    return [Contender(f"Syncline: {name}", "ours", figures) for name, figures in built().items()]


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
