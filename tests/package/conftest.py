# SPDX-License-Identifier: GPL-3.0-or-later
"""A wheel, built once as a user builds it, and virtual environments that it is installed in."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from broken_setup import Broken
from debian_server import DebianServer
from filelock import FileLock
from release_server import InstalledFolder, ReleaseFolder, Server
from service_manager import service_manager
from setup_service import Service

from tests.integration.plugin_under_test import bundle_under_test, plugin_under_test

ROOT = Path(__file__).resolve().parents[2]
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PYTHON = os.environ.get("ORTHANC_PYTHON_SYSTEM", "/usr/bin/python3")  # the system's own, with python3-venv

BUILD_REQUIREMENTS = ("scikit-build-core>=1.1", "-r", str(ROOT / "src" / "orthanc_sdk" / "requirements.txt"))


def clean_environment(**variables: str) -> dict[str, str]:
    """That of these tests without what would lead an installed package to the sources, or to another plugin."""
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "ORTHANC_PYTHON_PLUGIN")} | variables


def run(command: Sequence[str | Path], **options: Any) -> str:
    """A command's standard output; its failure shows all that it said."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, env=clean_environment(), **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def make_environment(folder: Path, *packages: str | Path) -> Path:
    """An environment of the system's Python with these packages: the folder of its commands."""
    run([PYTHON, "-m", "venv", folder])
    if packages:
        run([folder / "bin" / "pip", "install", "--disable-pip-version-check", *packages])
    return folder / "bin"


def make_once(name: str, factory: pytest.TempPathFactory, make: Callable[[Path], Path]) -> Path:
    """Have one process of pytest-xdist run `make` in a new folder, for all of them. Return what it has made."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(f"{folder}.lock"):
        made = folder / "made.txt"
        if not made.exists():
            folder.mkdir(exist_ok=True)
            made.write_text(str(make(folder)), encoding="utf-8")
        return Path(made.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def source_distribution(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> Path:
        run([sys.executable, "-m", "build", "--sdist", "--outdir", folder, ROOT])
        (made,) = folder.glob("*.tar.gz")
        return made

    return make_once("sdist", tmp_path_factory, make)


@pytest.fixture(scope="session")
def wheel(source_distribution: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source distribution by the system's Python, without a network; or that of ORTHANC_PYTHON_WHEEL."""
    given = os.environ.get("ORTHANC_PYTHON_WHEEL")
    if given:
        return Path(given)

    def make(folder: Path) -> Path:
        with tarfile.open(source_distribution) as archive:
            # Debian 12's Python knows no filters.
            archive.extractall(folder / "source", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
        (source,) = (folder / "source").iterdir()
        tools = make_environment(folder / "tools", "build", *BUILD_REQUIREMENTS)
        offline = ["unshare", "--net", "--map-root-user"]
        run([*offline, tools / "python", "-m", "build", "--wheel", "--no-isolation", "--outdir", folder / "dist", source])
        (made,) = (folder / "dist").glob("*.whl")
        return made

    return make_once("wheel", tmp_path_factory, make)


@pytest.fixture(scope="session")
def commands(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment that the wheel is installed in; or the folder ORTHANC_PYTHON_COMMANDS."""
    given = os.environ.get("ORTHANC_PYTHON_COMMANDS")
    if given:
        return Path(given)
    wheel: Path = request.getfixturevalue("wheel")
    return make_once("commands", tmp_path_factory, lambda folder: make_environment(folder / "env", f"{wheel}[test]", "pydicom"))


@pytest.fixture(scope="session")
def loader(commands: Path) -> Path:
    """The plugin as it is installed."""
    return Path(run([commands / "orthanc-python", "plugin"]).strip())


@pytest.fixture(scope="session")
def linked_plugin() -> Path:
    """A plugin that stands alone, for the Python that runs these tests."""
    return plugin_under_test()


@pytest.fixture(scope="session")
def targets() -> Path:
    """The libraries that ci/build has built for other systems, processors and Pythons."""
    folder = Path(os.environ.get("ORTHANC_PYTHON_TARGETS", ROOT / "build" / "targets"))
    if not any(folder.glob("linux-*/python3.*/libOrthancPython.so")):
        pytest.exit(f"there are no targets in {folder}: run ci/build --tested, or set ORTHANC_PYTHON_TARGETS", returncode=2)
    return folder


@pytest.fixture(scope="session")
def other_python(targets: Path) -> str:
    """A Python that targets are built for, and that does not run these tests."""
    versions = [path.name.removeprefix("python") for path in targets.glob("linux-x86_64/python3.*") if path.is_dir()]
    return next(version for version in sorted(versions) if version != THIS_PYTHON)


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The folder of a loader, with plugins for the Pythons of this machine."""
    return bundle_under_test()


@pytest.fixture
def plugins(tmp_path: Path, linked_plugin: Path) -> InstalledFolder:
    """An Orthanc plugin folder with version 0.0.9 in it, from a release."""
    folder = InstalledFolder(tmp_path / "plugins")
    release = ReleaseFolder(tmp_path / "0.0.9", "0.0.9")
    release.plugin(linked_plugin.read_bytes() + b"0.0.9", THIS_PYTHON)  # a library may be followed by anything
    folder.install("--from", str(release.publish().folder))
    return folder


@pytest.fixture
def release(tmp_path: Path, linked_plugin: Path) -> ReleaseFolder:
    """Version 0.1.0, with a plugin for this Python; not published yet."""
    release = ReleaseFolder(tmp_path / "0.1.0", "0.1.0")
    release.plugin(linked_plugin.read_bytes(), THIS_PYTHON)
    return release


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start HTTP servers of folders."""
    servers: list[Server] = []

    def start(folder: Path, context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(folder, context))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that all accounts may enter. Another session of pytest closes the folders of this one to them."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def fail_with(commands: Path, tmp_path: Path) -> Callable[[list[str], dict[str, str]], str]:
    """Run orthanc-python with arguments and environment variables that it must fail with: all that it says."""

    def command(arguments: list[str], environment: dict[str, str]) -> str:
        done = subprocess.run(
            [str(commands / "orthanc-python"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=clean_environment(**environment),
        )
        assert done.returncode == 1 and "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return command


@pytest.fixture
def broken(loader: Path, linked_plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broken:
    """A set-up that works, with the loader that the wheel has installed."""
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(loader))
    monkeypatch.chdir(tmp_path)
    return Broken(loader, tmp_path, linked_plugin)


@pytest.fixture
def service(open_folder: Path, commands: Path) -> Iterator[Service]:
    """A running service of Debian in a folder of its own."""
    with closing(DebianServer(open_folder)) as server, service_manager(server) as manager:
        assert server.start() is None, server.log()
        yield Service(server, commands, manager, clean_environment())


@pytest.fixture
def debian(tmp_path: Path) -> Iterator[DebianServer]:
    """Debian's configuration in the test's folder, and its Orthanc, not started yet."""
    with closing(DebianServer(tmp_path)) as server:
        yield server
