from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from syncline.cli.errors import UsageError
from syncline.cli.habits import HABITS
from syncline.cli.kinds import port
from syncline.cli.options import Option, flag, settle
from syncline.cli.serve_options import SERVER, everything
from syncline.server import Server
from syncline.server.application import TornadoOptions

DOCS = Path(__file__).parents[2] / "docs"
OPTIONS = (
    Option("port", "", port, 5006),
    Option("show", "", flag, False),
    Option("allow-origin", "", default=(), many=True),
    Option("log-level", "", default="info", choices=("info", "debug")),
    Option("secret-key", "", secret=True),
    Option("config", "", Path),
)


def settings(given: dict[str, Any] | None = None, **environment: str) -> dict[str, Any]:
    return settle(OPTIONS, given or {}, environment)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "s.toml"
    path.write_text(
        "[serve]\nport = 1\nshow = true\nlog_level = 'debug'\n"
        "allow-origin = ['http://a', 'http://b']"
    )
    return path


def test_the_command_line_counts_before_the_environment_before_the_file(file: Path) -> None:
    assert settings()["port"] == 5006
    assert settings(SYNCLINE_CONFIG=str(file))["port"] == 1
    assert settings({"config": file}, SYNCLINE_PORT="2")["port"] == 2
    assert settings({"config": file, "port": 3}, SYNCLINE_PORT="2")["port"] == 3


def test_what_is_on_in_a_file_is_switched_off_again(file: Path) -> None:
    assert settings({"config": file})["show"] is True
    assert settings({"config": file}, SYNCLINE_SHOW="no")["show"] is False
    assert settings({"config": file, "show": False}, SYNCLINE_SHOW="1")["show"] is False


def test_several_values_are_a_list_in_a_file_and_have_commas_in_the_environment(file: Path) -> None:
    assert settings({"config": file})["allow_origin"] == ["http://a", "http://b"]
    origins = settings(SYNCLINE_ALLOW_ORIGIN="http://c, http://d")["allow_origin"]
    assert origins == ["http://c", "http://d"]


def test_secrets_are_taken_out_of_the_environment() -> None:
    environment = {"SYNCLINE_SECRET_KEY": "hidden", "SYNCLINE_PORT": "1"}
    assert settle(OPTIONS, {}, environment)["secret_key"] == "hidden"
    assert environment == {"SYNCLINE_PORT": "1"}


def test_no_secret_has_a_place_on_the_command_line() -> None:
    named = {option.name for option in everything() if option.secret}
    assert {"secret-key", "proxy-secret", "ssl-password"} <= named
    told = ("secret", "password", "token")
    assert {o.name for o in everything() if any(word in o.name for word in told)} == named


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[serve]\nprot = 1", "there is no option 'prot': is it port?"),
        ("[serve]\nport = 70000", "port: expected 0 to 65535, got 70000"),
        ('[serve]\nport = "x"', "port: expected a number, got 'x'"),
        ('[serve]\nlog_level = "loud"', "log_level: expected one of info, debug, got 'loud'"),
        ('[serve]\nshow = "maybe"', "show: expected true or false, got 'maybe'"),
        ("[server]\nport = 1", "expected the table [serve], got 'server'"),
        ("serve = 1", "expected a table [serve]"),
        ("port =", "Invalid value (at end of document)"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=rf"^{path}") as error:
        settings({"config": path})
    assert complaint in str(error.value)


def test_a_mistake_in_the_environment_is_named() -> None:
    with pytest.raises(UsageError, match=r"^SYNCLINE_PORT: expected 0 to 65535, got 70000$"):
        settings(SYNCLINE_PORT="70000")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*no such file"):
        settings({"config": tmp_path / "none.toml"})


def test_whatever_a_server_can_be_told_in_a_word_or_a_number_has_an_option() -> None:
    mine = {"io_loop", "sockets", "http_server_kwargs", "extra_patterns", "settings"}
    objects = {"authorize", "app_state", "kernels", "static", "procs", "origins"}
    named = inspect.signature(Server).parameters.keys() - {"applications", "options"}
    taken = named | TornadoOptions.__annotations__.keys()
    ours = {option.key for options in SERVER.values() for option in options}
    assert ours == taken - mine - objects


def test_the_options_that_chapters_name_are_there() -> None:
    ours = {f"--{option.name}" for option in everything()}
    ours |= {"--help", "--args"} | {f"--no-{option.name}" for option in everything()}
    serving = (DOCS / "serving.md").read_text()
    assert set(re.findall(r"`(--[a-z-]+)", serving)) <= ours
    rows = (DOCS / "coming-from-bokeh.md").read_text().splitlines()
    here = [line.split("|")[3] for line in rows if line.startswith("|")]
    assert set(re.findall(r"`(--[a-z-]+)", " ".join(here))) <= ours
    theirs = {name for line in rows if line.startswith("|") for name in HABITS if name in line}
    assert set(HABITS) <= theirs
