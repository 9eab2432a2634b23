"""The real command in a process of its own."""

from __future__ import annotations

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

import syncline
from tests.hosting.notebooks import write

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = "import syncline as sl\nsl.curdoc().title = 'hello'\n"
PACKAGES = str(Path(next(iter(syncline.__path__))).parent)
SECONDS = 30


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": PACKAGES, **more}


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "syncline.cli", *map(str, words)]


def fails(*words: object) -> str:
    """Run a command that must fail, and return its one line of complaint."""
    done = subprocess.run(
        command(*words),
        capture_output=True,
        text=True,
        env=environment(),
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert done.stdout == ""
    return line


class Running:
    """A server process and what it prints."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: queue.Queue[str] = queue.Queue()
        self.seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def line(self, pattern: str) -> str:
        """Wait for a line of output that matches."""
        while True:
            line = self.lines.get(timeout=SECONDS)
            if re.search(pattern, line):
                return line

    def url(self) -> str:
        return self.line(r"syncline: http").split()[-1]

    def _read(self) -> None:
        assert self.process.stdout is not None
        # Whoever has started the process closes it in the midst of a line, too.
        with suppress(ValueError):
            for line in self.process.stdout:
                self.seen.append(line)
                self.lines.put(line)


@contextmanager
def serving(*words: object, **more: str) -> Iterator[Running]:
    with subprocess.Popen(
        command("serve", *words),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(**more),
    ) as process:
        try:
            yield Running(process)
        finally:
            if process.poll() is None:
                process.kill()


def fetch(url: str) -> str:
    with closing(urllib.request.urlopen(url, timeout=SECONDS)) as response:
        text: str = response.read().decode()
        return text


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "app.py"
    path.write_text(APP)
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_the_urls_serves_and_ends_cleanly(script: Path, number: signal.Signals) -> None:
    with serving(script, "--port", 0) as server:
        assert "<title>hello</title>" in fetch(server.url())
        server.process.send_signal(number)
        assert server.process.wait(SECONDS) == 0
        assert not [line for line in server.seen if "Traceback" in line]


def test_its_end_is_the_end_of_its_kernels(tmp_path: Path) -> None:
    with serving(write(tmp_path / "nb.ipynb", "1"), "--port", 0) as server:
        fetch(server.url())
        me = psutil.Process(server.process.pid)
        while not (kernels := me.children()):
            assert server.process.poll() is None
            time.sleep(0.05)
        server.process.terminate()
        assert server.process.wait(SECONDS) == 0
        assert not [kernel for kernel in kernels if kernel.is_running()]


def test_a_folder_stands_for_the_apps_in_it(script: Path, tmp_path: Path) -> None:
    write(tmp_path / "nb.ipynb", "1")
    (tmp_path / "_private.py").touch()
    (tmp_path / "notes.txt").touch()
    with serving(tmp_path, "--port", 0) as server:
        urls = [server.url(), server.url()]
        assert [url.rpartition("/")[2] for url in urls] == ["app", "nb"]
        assert 'href="nb"' in fetch(urls[0].rpartition("/")[0] + "/")


def test_it_serves_on_a_unix_socket_for_its_owner_alone(script: Path, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with serving(script, "--unix-socket", path) as server:
        server.url()
        assert path.stat().st_mode & 0o777 == 0o600
        while not (answer := over_unix(path)):
            assert server.process.poll() is None
        assert b"200 OK" in answer
        server.process.terminate()
        assert server.process.wait(SECONDS) == 0
        assert not path.exists()


def over_unix(path: Path) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(SECONDS)
        client.connect(str(path))
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: client.recv(4096), b""))


def test_a_secret_of_the_environment_is_asked_for_and_hidden_from_apps(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(
        "import os, syncline as sl\n"
        "sl.curdoc().title = str(os.environ.get('SYNCLINE_PROXY_SECRET'))"
    )
    with serving(script, "--port", 0, SYNCLINE_PROXY_SECRET="hidden") as server:
        url = server.url()
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(url)
        assert refused.value.code == 403
        refused.value.close()
        request = urllib.request.Request(url, headers={"X-Syncline-Secret": "hidden"})
        with closing(urllib.request.urlopen(request, timeout=SECONDS)) as response:
            assert b"<title>None</title>" in response.read()


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "nothing.py"
    assert fails("serve", path, "--port", 0) == f"syncline: no such file: {path}"


def test_a_file_of_an_unknown_kind_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    assert "expected a .py or .ipynb file" in fails("serve", tmp_path / "a.txt", "--port", 0)


def test_an_empty_folder_is_one_line(tmp_path: Path) -> None:
    assert "no .py or .ipynb file" in fails("serve", tmp_path, "--port", 0)


def test_a_port_in_use_is_one_line(script: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert fails("serve", script, "--port", port) == (
            f"syncline: cannot listen on 127.0.0.1:{port}: address already in use"
        )


def test_an_address_that_is_not_ours_is_one_line(script: Path) -> None:
    line = fails("serve", script, "--port", 0, "--address", "192.0.2.1", "--allow-anonymous")
    assert line.startswith("syncline: cannot listen on 192.0.2.1:0: ")


def test_a_public_address_must_be_meant_and_is_warned_of(script: Path) -> None:
    line = fails("serve", script, "--port", 0, "--address", "0.0.0.0")
    assert "--allow-anonymous" in line
    words = ("--port", 0, "--address", "0.0.0.0", "--allow-anonymous")
    with serving(script, *words) as server:
        server.line("WARNING .* no authentication")
        assert "<title>hello</title>" in fetch(server.url())


def test_what_is_no_origin_is_one_line(script: Path) -> None:
    assert "expected scheme://host" in fails("serve", script, "--port", 0, "--allow-origin", "*")


def test_two_apps_of_one_name_are_one_line(script: Path, tmp_path: Path) -> None:
    notebook = write(tmp_path / "app.ipynb", "1")
    assert "two apps are called 'app'" in fails("serve", script, notebook, "--port", 0)


def test_an_app_may_not_take_a_route_of_the_server(tmp_path: Path) -> None:
    (tmp_path / "static.py").write_text(APP)
    assert "cannot be called 'static'" in fails("serve", tmp_path / "static.py", "--port", 0)


def test_a_unix_socket_in_use_is_one_line(script: Path, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        assert "address already in use" in fails("serve", script, "--unix-socket", path)
    assert "address already in use" in fails("serve", script, "--unix-socket", script)
    with serving(script, "--unix-socket", path) as server:
        # Nobody answered on it any more.
        server.url()


def test_options_come_from_a_file_and_the_environment(script: Path, tmp_path: Path) -> None:
    file, log = tmp_path / "s.toml", tmp_path / "s.log"
    file.write_text(
        f'[serve]\nport = 0\napps = ["{script}"]\nprefix = "/viz"\nlog_file = "{log}"\n'
        'log_format = "%(levelname)s!%(message)s"\naddress = "0.0.0.0"\nallow_anonymous = true'
    )
    with serving("--config", file, SYNCLINE_PREFIX="/env") as server:
        assert "/env/app" in server.url()
    assert "WARNING!no authentication" in log.read_text()


def test_no_password_stands_on_a_command_line(script: Path) -> None:
    line = fails("serve", script, "--store", "redis://:hush@localhost/0")
    assert "SYNCLINE_STORE" in line
    assert "hush" not in line


def test_nothing_to_serve_is_one_line() -> None:
    assert fails("serve") == ("syncline: give an app to serve: a .py or .ipynb file, or a folder")


def test_scripts_find_their_arguments_in_sys_argv(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text("import sys, syncline as sl\nsl.curdoc().title = '|'.join(sys.argv[1:])")
    with serving(script, "--port", 0, "--args", "--deep", "2") as server:
        assert "<title>--deep|2</title>" in fetch(server.url())


def test_patterns_stand_for_what_they_match(script: Path, tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "deep.py").write_text(APP)
    with serving(tmp_path / "**" / "*.py", "--glob", "--port", 0) as server:
        urls = [server.url(), server.url()]
        assert {url.rpartition("/")[2] for url in urls} == {"app", "deep"}
    line = fails("serve", tmp_path / "*.none", "--glob", "--port", 0)
    assert line.startswith("syncline: nothing matches")


def test_warm_runs_every_app_before_the_first_visitor(tmp_path: Path) -> None:
    script, ran = tmp_path / "app.py", tmp_path / "ran"
    script.write_text(f"open({str(ran)!r}, 'a').write('x')")
    with serving(script, "--port", 0, "--warm") as server:
        fetch(server.url().rpartition("/")[0] + "/healthz")
        assert ran.read_text() == "x"
        server.process.terminate()
        assert server.process.wait(SECONDS) == 0


def test_warm_ends_with_an_app_that_fails(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text("1/0")
    with serving(script, "--port", 0, "--warm") as server:
        server.line("ZeroDivisionError")
        server.line("^syncline: app.py could not be loaded")
        assert server.process.wait(SECONDS) == 1
    notebook = write(tmp_path / "nb.ipynb", "1/0")
    with serving(notebook, "--port", 0, "--warm") as server:
        server.line("^syncline: nb could not be run")
        assert server.process.wait(SECONDS) == 1


def test_asked_twice_it_ends_at_once(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(
        "import time, syncline as sl\n"
        "def end(context):\n"
        "    print('ending', flush=True)\n"
        "    time.sleep(60)\n"
        "sl.curdoc().on_session_destroyed(end)"
    )
    with serving(script, "--port", 0) as server:
        fetch(server.url())
        server.process.send_signal(signal.SIGINT)
        server.line("ending")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(30) == 128 + signal.SIGINT


def test_folders_are_served_beside_the_apps(script: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "static").mkdir(parents=True)
    (folder / "static" / "a.txt").write_text("hello")
    (folder / ".hidden").write_text("no")
    words = ("--port", 0, "--prefix", "/viz", "--static-dirs", f"assets={folder}")
    with serving(script, *words) as server:
        base = server.url().rpartition("/")[0]
        assert fetch(f"{base}/assets/static/a.txt") == "hello"
        for name in ("nothing.txt", ".hidden", "..%2Fapp.py", "../app.py"):
            with pytest.raises(urllib.error.HTTPError) as missing:
                fetch(f"{base}/assets/{name}")
            assert missing.value.code == 404
            missing.value.close()
    line = fails("serve", script, "--port", 0, "--static-dirs", f"app={folder}")
    assert "'app' is an app" in line
    assert "cannot be called" in fails("serve", script, "--static-dirs", f"static={folder}")


def test_people_log_in_with_a_token_of_the_environment(script: Path) -> None:
    words = (script, "--port", 0, "--address", "0.0.0.0", "--num-procs", 2)
    with serving(*words, SYNCLINE_AUTH_TOKEN="open sesame, open") as server:
        url = server.url()
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(url)
        assert refused.value.code == 401
        refused.value.close()
        request = urllib.request.Request(url, headers={"Authorization": "Bearer open sesame, open"})
        with closing(urllib.request.urlopen(request, timeout=SECONDS)) as response:
            assert b"<title>hello</title>" in response.read()
    assert "--auth-users FILE" in fails("serve", script, "--port", 0, "--auth", "basic")
