"""What `pip install syncline` gives, seen from a fresh environment.

The sdist is made from a copy of the tree with the front end that `make build` left there; the wheel
is made from that sdist without Node.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LABEXTENSION = "share/jupyter/labextensions/syncline-lab"
SERVER_CONFIG = "etc/jupyter/jupyter_server_config.d/syncline.json"
HEAVY = ("tornado", "jupyter_server", "jupyter_client", "ipykernel", "numpy")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(*command: str | Path, cwd: Path, path: str | None = None) -> str:
    """Run a command, return all it says."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
    if path is not None:
        environment["PATH"] = path
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment | {"NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def hatch(folder: Path, target: str, out: Path) -> Path:
    """Build an sdist or a wheel of `folder` where no Node can be found."""
    nowhere = out / "bin"
    nowhere.mkdir(parents=True)
    run(
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        target,
        "-d",
        out,
        cwd=folder,
        path=str(nowhere),
    )
    (built,) = (path for path in out.iterdir() if path.suffix in {".gz", ".whl"})
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = ROOT / "python/syncline/static/manifest.json"
    assert built.exists(), "the front end is not built: run `make build` first"
    tree = tmp_path_factory.mktemp("tree") / "syncline"
    unwanted = shutil.ignore_patterns("node_modules", "__pycache__", "lib", ".*")
    for name in ("python", "labextension", "scripts", "jupyter-config"):
        shutil.copytree(ROOT / name, tree / name, ignore=unwanted)
    for path in ROOT.glob("*.*"):
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, tree)
    shutil.copy(ROOT / "LICENSE", tree)
    return hatch(tree, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (folder,) = unpacked.iterdir()
    return hatch(folder, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel and JupyterLab beside it, as a user does; uv only makes it quicker."""
    home = tmp_path_factory.mktemp("home")
    local = ROOT / ".uv/bin/uv"
    uv = shutil.which("uv") or (str(local) if local.exists() else None)
    venv.create(home / "venv", with_pip=uv is None)
    folder = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
    pip: tuple[str | Path, ...] = (folder / "pip", "install")
    if uv:
        pip = (uv, "pip", "install", "--python", folder / "python")
    run(*pip, "--quiet", wheel, "jupyterlab>=4.4", cwd=home)
    return folder


def test_the_sdist_carries_the_sources_and_the_built_front_end(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "labextension/package.json",
        "labextension/src/page/index.ts",
        "package-lock.json",
        "python/syncline/labextension/package.json",
        "python/syncline/static/manifest.json",
        "scripts/build-page.mjs",
        "LICENSE",
    } <= names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_the_wheel_has_all_three_parts_once(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = next(name for name in names if name.endswith(LABEXTENSION + "/package.json"))
    data = data.removesuffix(LABEXTENSION + "/package.json")
    assert f"{data}{LABEXTENSION}/install.json" in names
    assert f"{data}{SERVER_CONFIG}" in names
    assert "syncline/static/manifest.json" in names
    assert "syncline/py.typed" in names
    assert not [name for name in names if name.startswith("syncline/labextension/")]


def test_jupyterlab_finds_the_extension(bin_folder: Path) -> None:
    listed = run(bin_folder / "jupyter", "labextension", "list", cwd=bin_folder)
    (line,) = (line for line in listed.splitlines() if "syncline-lab" in line)
    assert "enabled" in line
    assert "OK" in line
    assert "(python, syncline)" in line


def test_jupyter_server_loads_the_extension(bin_folder: Path) -> None:
    listed = run(bin_folder / "jupyter", "server", "extension", "list", cwd=bin_folder)
    lines = [line for line in listed.splitlines() if "syncline.jupyter" in line]
    assert any("enabled" in line for line in lines)
    assert any("OK" in line for line in lines)


def test_the_import_stays_light(bin_folder: Path) -> None:
    code = f"import sys, syncline; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert run(bin_folder / "python", "-c", code, cwd=bin_folder).strip() == "[]"


def test_the_command_is_there(bin_folder: Path) -> None:
    assert "serve" in run(bin_folder / "syncline", "--help", cwd=bin_folder)
