"""A notebook file from somebody who means ill, with documents in its outputs."""

from __future__ import annotations

from typing import Any

import nbformat

from tests.browser.lab.lab import Lab
from tests.kernel.pages import MIME

RUN = "window.top.ran = (window.top.ran ?? []).concat"
SITE = "http://127.0.0.1:9/hostile"
"""Where its code, frames and styles would be fetched from."""
HTML = f"""\
<p>the html is shown</p>
<script>{RUN}('script')</script><script src="{SITE}/script.js"></script>
<link rel="stylesheet" href="{SITE}/style.css"><style>@import url("{SITE}/more.css");</style>
<iframe src="{SITE}/frame"></iframe><object data="{SITE}/object"></object>
<iframe srcdoc="<script>{RUN}('frame')</script>"></iframe>
<img src="data:image/png,broken" onerror="{RUN}('image')">
<svg onload="{RUN}('picture')"><script>{RUN}('in a picture')</script></svg>
<details open ontoggle="{RUN}('details')"><summary>more</summary></details>
<p><a href="javascript:{RUN}('link')">a link of the form</a></p>
<form action="javascript:{RUN}('form')"><input type="submit" value="send"></form>
<button data-commandlinker-command="notebook:run-all-cells" onclick="{RUN}('button')">go</button>
"""
CODE = f"{RUN}('code'); export default {{ render() {{ {RUN}('view'); }} }};"


def _snapshot(victim: str) -> dict[str, Any]:
    """Return a snapshot with code, hostile texts, and another document in it."""
    models = {
        "text": {"type": "ui/Markdown@1", "props": {"text": f"{HTML}\n\nthe **text** is shown"}},
        "link": {
            "type": "ui/Markdown@1",
            "props": {"text": "[a link of the text](javascript:top.ran=['text'])"},
        },
        "output": {"type": "ui/Output@1", "props": {"data": {"text/html": HTML}}},
        "script": {
            "type": "ui/Output@1",
            "props": {"data": {"application/javascript": CODE, "text/plain": "a script's text"}},
        },
        "own": {"type": "x/Own@1#aaaa", "props": {"level": 7, "_esm": CODE}},
        "far": {"type": "x/Far@1#bbbb", "props": {"level": 8}},
        "mount": {"type": "ui/Mount@1", "props": {"doc": victim, "mount": None}},
        "last": {"type": "ui/Markdown@1", "props": {"text": "the last is shown"}},
    }
    schema = {
        "aaaa": {"name": "x/Own@1", "properties": {}, "view": {"esm": "cccc"}, "_esm": CODE},
        "bbbb": {"name": "x/Far@1", "properties": {}, "view": {"esm": f"{SITE}/view.js"}},
    }
    return {
        "doc": {"title": "", "roots": list(models), "models": models},
        "schema": schema,
        "assets": {"cccc": CODE},
    }


def write_hostile(lab: Lab, name: str, document: str, kernel: str) -> None:
    """Write a notebook with a form in html, and with a snapshot that names a document of others."""
    bundle = {"doc": document, "mount": None, "protocol": 1, "kernel": kernel}
    outputs = [
        {MIME: {**bundle, "doc": "stranger"}, "text/html": HTML},
        {MIME: {**bundle, "snapshot": _snapshot(document)}, "text/html": HTML},
    ]
    cell = nbformat.v4.new_code_cell("raise SystemExit", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("display_data", data=data) for data in outputs]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=metadata), lab.folder / name)
