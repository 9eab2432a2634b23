"""What the chapter on embedding shows runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import syncline as sl
from syncline.cli.main import parser
from tests.embed.test_server import read

TEXT = (Path(__file__).resolve().parents[2] / "docs/embedding.md").read_text(encoding="utf-8")
SAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = re.findall(r"^syncline (.*)$", TEXT, re.MULTILINE)


class Pulled:
    """What a client has of a session."""

    token = "secret"


def run(sample: str, **names: Any) -> dict[str, Any]:
    """Run the sample that has a line, with what the text around it speaks of."""
    (found,) = (text for text in SAMPLES if sample in text)
    exec(found, names)
    return names


def test_the_element_of_an_app_is_the_one_that_is_shown() -> None:
    html = run("import server_document")["html"]
    assert html in TEXT


def test_a_session_is_embedded_by_its_document_and_by_its_token() -> None:
    html = run("import server_session", document=Pulled(), token="secret")["html"]
    assert read(html)["data-token"] == "secret"


def test_a_copy_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    document = sl.Document(title="Waves")
    document.add_root(sl.Markdown(text="hello"))
    run("import export", document=document)
    (file,) = tmp_path.iterdir()
    assert file.name == "waves.html"
    # As large as the chapter says.
    assert 250_000 < file.stat().st_size < 750_000


def test_parts_stand_where_a_template_wants_them() -> None:
    plot, table = sl.Slider(label="Plot"), sl.Markdown(text="Table")
    sl.Document().add_root(sl.Column(plot, table))
    names = run("import components", model=plot, plot=plot, table=table, nonce="abc123")
    assert names["divs"].keys() == {"plot", "table"}
    assert 'nonce="abc123"' in names["script"]


def test_every_sample_is_run_here() -> None:
    lines = (
        "import server_document",
        "import server_session",
        "import export",
        "import components",
    )
    assert [sum(line in sample for line in lines) for sample in SAMPLES] == [1] * len(lines)


@pytest.mark.parametrize("line", COMMANDS)
def test_its_commands_are_understood(line: str) -> None:
    assert parser().parse_args(shlex.split(line)).run
