from __future__ import annotations

import pytest

import syncline
from syncline.cli import main


def test_info_prints_what_a_bug_report_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info"]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert lines["syncline"] == syncline.__version__
    assert lines["tornado"][0].isdigit()


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert syncline.__version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [[], ["serve"], ["serve", "a.py", "--port", "70000"], ["serve", "a.py", "--session-ttl", "0"]],
)
def test_wrong_words_end_with_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert "usage: syncline" in capsys.readouterr().err
