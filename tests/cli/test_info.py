from __future__ import annotations

import pytest

import syncline
from syncline.cli import main


def test_info_prints_what_a_bug_report_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCLINE_SECRET_KEY", "hidden")
    assert main(["info"]) == 0
    text = capsys.readouterr().out
    lines = dict(line.split(maxsplit=1) for line in text.splitlines())
    assert lines["syncline"] == syncline.__version__
    assert lines["tornado"][0].isdigit()
    assert "python3" in lines["kernels"]
    assert "SYNCLINE_SECRET_KEY" in lines["environment"]
    assert "hidden" not in text


def test_secret_prints_a_fresh_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secret"]) == main(["secret"]) == 0
    one, other = capsys.readouterr().out.split()
    assert one != other
    assert len(one) > 40


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert syncline.__version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [[], ["serve", "a.py", "--port", "70000"], ["serve", "a.py", "--session-ttl", "0"]],
)
def test_wrong_words_end_with_the_usage(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert "usage: syncline" in capsys.readouterr().err


def test_options_known_from_elsewhere_are_answered_with_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "a.py", "--unused-session-lifetime", "60000"])
    assert "--unused-session-lifetime is --session-ttl, in seconds" in capsys.readouterr().err


def test_the_help_is_in_groups_and_says_what_counts_first(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["serve", "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "\nwhere to listen:\n" in text
    assert "SYNCLINE_SECRET_KEY" in text
    assert "The command line counts before the\nenvironment" in text
    assert max(map(len, text.splitlines())) <= 80
