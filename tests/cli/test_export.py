"""`syncline export`: one file, or one line that says why not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from syncline.cli import main
from tests.hosting.notebooks import write

pytestmark = pytest.mark.slow


def content(path: Path) -> dict[str, Any]:
    found = re.search(r'class="syncline-copy">(.*?)</script>', path.read_text(), re.DOTALL)
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


def types(recording: Any) -> set[str]:
    return {model["type"] for model in recording["doc"]["models"].values()}


def test_a_script_becomes_a_file_named_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wave.py").write_text(
        "import syncline as sl\nsl.curdoc().add_root(sl.Slider(value=4.0))\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["export", "wave.py"]) == 0
    assert re.search(r"wave\.html \(\d+\.\d MB\)", capsys.readouterr().out)
    assert types(content(tmp_path / "wave.html")["documents"][""]) == {"ui/Slider@1"}


def test_a_notebook_is_run_in_a_kernel_and_its_documents_are_in_the_file(tmp_path: Path) -> None:
    source = tmp_path / "note.ipynb"
    write(
        source,
        "import syncline as sl\nclass Own(sl.Model):\n"
        "    _esm = 'export default {}'\n    secret: str = sl.prop(default='', saved=False)",
        "print('told')\nsl.Column(sl.Slider(value=4.0), Own(secret='hunter2'))",
    )
    out = tmp_path / "out.html"
    assert main(["export", str(source), "-o", str(out), "--title", "Mine"]) == 0
    documents = content(out)["documents"]
    (inner,) = [each for name, each in documents.items() if name]
    assert "ui/Mount@1" in types(documents[""])
    assert {"ui/Slider@1", "ui/Column@1"} < types(inner)
    assert "hunter2" not in out.read_text()
    assert inner["assets"] == {}
    assert "<title>Mine</title>" in out.read_text()
    assert main(["export", str(source), "-o", str(out), "--trust"]) == 0
    documents = content(out)["documents"]
    assert [list(each["assets"].values()) for name, each in documents.items() if name] == [
        ["export default {}"]
    ]


def test_what_cannot_be_exported_is_told_in_a_line_and_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.ipynb"
    write(broken, "1 + 1", "undefined")
    (tmp_path / "wrong.py").write_text("1 +")
    out = tmp_path / "out.html"
    for source, text in (
        (broken, "broken.ipynb: Cell 2 failed. NameError: name 'undefined' is not defined"),
        (tmp_path / "wrong.py", "wrong.py could not be loaded"),
        (tmp_path / "missing.py", "no such file"),
    ):
        assert main(["export", str(source), "-o", str(out)]) == 1
        assert text in capsys.readouterr().err.splitlines()[-1]
        assert not out.exists()
    source = tmp_path / "wave.py"
    source.write_text("import syncline as sl\n")
    assert main(["export", str(source), "-o", str(tmp_path / "nowhere" / "out.html")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("No such file or directory")
