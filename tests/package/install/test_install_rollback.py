# SPDX-License-Identifier: GPL-3.0-or-later
"""The exchange of an installed plugin for another: back again, and when something comes between."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT, THIS_PYTHON, clean_environment
from release_server import InstalledFolder, ReleaseFolder, members, trusting

from orthanc_python.cli import app
from orthanc_python.install.place import STATE, Place
from tests.killed_process import KILLED, status_after


def installed(content: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files that Orthanc sees."""
    return {name: data for name, data in content.items() if not name.startswith(STATE)}


@pytest.fixture
def both(plugins: InstalledFolder, release: ReleaseFolder, bundle: Path) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """A plugin alone was installed, and the bundle is now: what Orthanc saw, and what it sees."""
    before = installed(plugins.content())
    release.bundle(members(bundle, THIS_PYTHON), [THIS_PYTHON])
    plugins.install("--from", str(release.publish().folder), "--bundle")
    return before, installed(plugins.content())


def test_rollback(plugins: InstalledFolder, release: ReleaseFolder, both: tuple[dict[str, bytes], dict[str, bytes]]) -> None:
    """Without the release, so as without a network. Once more, and the later version is there again."""
    older, newer = both
    assert set(older) == {"libOrthancPython.so"} < set(newer)
    shutil.rmtree(release.folder)
    done = plugins.install("--rollback")
    assert installed(plugins.content()) == older and (done["version"], done["former"]) == ("0.0.9", "0.1.0")
    done = plugins.install("--rollback")
    assert installed(plugins.content()) == newer and (done["version"], done["former"]) == ("0.1.0", "0.0.9")


def test_nothing_to_roll_back(plugins: InstalledFolder, tmp_path: Path) -> None:
    assert "no former version is kept in" in plugins.refuse("--rollback")
    (tmp_path / "empty").mkdir()
    done = CliRunner().invoke(app, ["install", "--to", str(tmp_path / "empty"), "--rollback"])
    assert "no former version is kept in" in str(done.exception) and not list((tmp_path / "empty").iterdir())


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"x"), lambda path: path.unlink()], ids=["changed", "gone"])
def test_damaged_former_version(plugins: InstalledFolder, damage: Callable[[Path], object]) -> None:
    damage(plugins.path / STATE / "former" / "libOrthancPython.so")
    assert any(
        text in plugins.refuse("--rollback") for text in ("is damaged (libOrthancPython.so)", "no former version is kept")
    )


def test_fix_of_a_damaged_former_version(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    """With the options that the error names."""
    plugins.install("--from", str(release.publish().folder))
    (plugins.path / STATE / "former" / "libOrthancPython.so").write_bytes(b"x")
    fix = plugins.refuse("--rollback").partition("install it anew by ")[2]
    options = [str(tmp_path / "0.0.9") if word == "URL" else word for word in fix.split()]
    assert plugins.install(*options)["version"] == "0.0.9"


@pytest.mark.usefixtures("both")
def test_uninstall(plugins: InstalledFolder) -> None:
    done = CliRunner().invoke(app, ["uninstall", "--from", str(plugins.path)], catch_exceptions=False)
    assert done.stdout.count("removed ") == 2 and not list(plugins.path.iterdir())


@pytest.mark.usefixtures("both")
def test_files_of_others(plugins: InstalledFolder, release: ReleaseFolder) -> None:
    (plugins.path / "OrthancPython" / "my_script.py").write_text("print('mine')\n")
    assert "my_script.py is not a file of the plugin: move it elsewhere" in plugins.refuse("--from", str(release.folder))


def test_this_environment_after_a_release(plugins: InstalledFolder, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(bundle / "libOrthancPython.so"))
    before = installed(plugins.content())
    assert plugins.install() == {
        "version": None,
        "changed": True,
        "former": "0.0.9",
        "files": [str(plugins.path / "OrthancPython" / f"OrthancPython-python{THIS_PYTHON}.so"), str(plugins.loader)],
        "said": "",
    }
    assert not plugins.install()["changed"]
    plugins.install("--rollback")
    assert installed(plugins.content()) == before


def test_plugins_without_their_loader(plugins: InstalledFolder, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """apt removes a package's libOrthancPython.so, also where it has replaced ours, and leaves the folder of plugins."""
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(bundle / "libOrthancPython.so"))
    plugins.install()
    before = installed(plugins.content())
    plugins.loader.unlink()
    plugins.install()
    assert installed(plugins.content()) == before


def test_killed_at_any_moment(plugins: InstalledFolder, release: ReleaseFolder, bundle: Path, tmp_path: Path) -> None:
    """Before each change of a folder in turn: the next command finds one version or the other, and goes on from there."""
    release.bundle(members(bundle, THIS_PYTHON), [THIS_PYTHON])
    options = ["--bundle", "--from", str(release.publish().folder)]
    older = installed(plugins.content())
    shutil.copytree(plugins.path, tmp_path / "before")
    plugins.install(*options)
    newer = installed(plugins.content())
    arguments = ["install", "--to", str(plugins.path), *trusting(*options)]

    def install() -> None:
        assert CliRunner().invoke(app, arguments, catch_exceptions=False).exit_code == 0

    seen = []
    for calls in range(200):
        shutil.rmtree(plugins.path)
        shutil.copytree(tmp_path / "before", plugins.path)
        status = status_after(calls, install)
        assert plugins.loader.read_bytes() in (older[plugins.loader.name], newer[plugins.loader.name])
        if status == 0:
            assert installed(plugins.content()) == newer
            break
        assert status == KILLED
        with Place(plugins.path).locked():
            pass
        assert installed(plugins.content()) in (older, newer)
        seen.append(installed(plugins.content()) == newer)
        plugins.install(*options)
        assert installed(plugins.content()) == newer
        plugins.install("--rollback")
        assert installed(plugins.content()) == older
    assert len(seen) > 10 and seen == sorted(seen) and not seen[0] and seen[-1]


def run_with_mounts(script: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script whose mounts nobody else sees."""
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    environment = clean_environment(PYTHONPATH=str(ROOT / "src"))
    return subprocess.run([*namespace, "sh", "-c", script], capture_output=True, text=True, env=environment)


SUMS = "find . -type f ! -name lock ! -name newest.json | sort | xargs cksum"


@pytest.mark.parametrize(
    ("mount", "expected"),
    [
        ("mount -t tmpfs -o size=2500k tmpfs {0} && cp -a {1}/. {0}", "No space left on device: make room"),
        ("mount --bind {1} {0} && mount -o remount,bind,ro {0}", "Read-only file system; nothing has been changed"),
    ],
    ids=["full", "read-only"],
)
def test_disk(mount: str, expected: str, plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    """A file system of its own, seen by this command alone."""
    (tmp_path / "mounted").mkdir()
    options = trusting("--from", str(release.publish().folder))
    command = shlex.join([sys.executable, "-m", "orthanc_python", "install", "--to", str(tmp_path / "mounted"), *options])
    script = (
        f"{mount.format(tmp_path / 'mounted', plugins.path)} && {{ {command}; echo $?; cd {tmp_path / 'mounted'} && {SUMS}; }}"
    )
    done = run_with_mounts(script)
    status, *sums = done.stdout.splitlines()
    assert status == "1" and expected in done.stderr, done.stderr
    listed = subprocess.run(SUMS, shell=True, cwd=plugins.path, capture_output=True, text=True)
    assert sums == listed.stdout.splitlines()


def test_loader_that_is_a_mount_of_its_own(plugins: InstalledFolder, release: ReleaseFolder, tmp_path: Path) -> None:
    """As in a container. It stays, and nothing is left half done in the folder."""
    before = installed(plugins.content())
    options = trusting("--from", str(release.publish().folder))
    command = shlex.join([sys.executable, "-m", "orthanc_python", "install", "--to", str(plugins.path), *options])
    (tmp_path / "mounted.so").write_bytes(plugins.loader.read_bytes())
    done = run_with_mounts(f"mount --bind {tmp_path / 'mounted.so'} {plugins.loader} && {command}; echo $?")
    assert done.stdout == "1\n" and "Device or resource busy; nothing has been changed" in done.stderr, done.stderr
    assert not (plugins.path / STATE / "journal.json").exists() and not (plugins.path / STATE / "outgoing").exists()
    assert installed(plugins.content()) == before
    plugins.install(*options[:2])
    assert installed(plugins.content()) != before
