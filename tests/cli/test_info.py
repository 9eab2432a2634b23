from __future__ import annotations

import re

import pytest

import syncline
from syncline.cli import main
from syncline.cli.habits import HABITS


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


BOKEH = """
    --port --address --unix-socket --allow-websocket-origin --prefix --use-xheaders --num-procs
    --keep-alive --check-unused-sessions --unused-session-lifetime --session-token-expiration
    --websocket-max-message-size --websocket-compression-level --websocket-compression-mem-level
    --session-ids --auth-module --cookie-secret --enable-xsrf-cookies --include-headers
    --exclude-headers --include-cookies --exclude-cookies --ssl-certfile --ssl-keyfile --index
    --disable-index --disable-index-redirect --ico-path --show --dev --glob --args --log-level
    --log-format --log-file --stats-log-frequency --mem-log-frequency --use-config
"""
PANEL = """
    --autoreload --warm --num-threads --reuse-sessions --global-loading-spinner --admin
    --admin-endpoint --admin-log-level --profiler --setup --static-dirs --index-titles --root-path
    --liveness --liveness-endpoint --session-history --rest-session-info --rest-provider
    --rest-endpoint --plugins --basic-auth --oauth-provider --oauth-key --oauth-secret
    --oauth-redirect-uri --oauth-extra-params --oauth-jwt-user --oauth-encryption-key
    --oauth-error-template --oauth-expiry-days --oauth-refresh-tokens --oauth-guest-endpoints
    --oauth-optional --cookie-path --login-endpoint --logout-endpoint --auth-template
    --logout-template --basic-login-template
"""
"""The options of `bokeh serve` 3.9 and those that `panel serve` 1.9 has besides."""


def test_every_option_known_from_elsewhere_is_here_or_has_its_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    ours = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    theirs = set((BOKEH + PANEL).split())
    assert theirs - ours - set(HABITS) == set()
    # An answer to what is an option here would never be read.
    assert set(HABITS) & ours == set()
    assert set(HABITS) <= theirs
    # What the answers name is there.
    named = set(re.findall(r"--[a-z-]+", " ".join(HABITS.values())))
    assert named - ours == set()


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
