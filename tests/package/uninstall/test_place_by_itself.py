# SPDX-License-Identifier: GPL-3.0-or-later
"""place.py by itself: the order of what it writes, its lock, and records that it cannot read."""

from __future__ import annotations

import errno
import fcntl
import importlib.util
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

PLACE = ROOT / "cmake" / "install" / "place.py"
RECORD = "installed/d41d8cd98f00b204e9800998ecf8427e.json"  # for no DESTDIR


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build whose only file `lib/a` is staged."""
    monkeypatch.delenv("DESTDIR", raising=False)
    staged = tmp_path / "build" / "installed" / "stage" / "ORTHANC_PYTHON_PREFIX" / "lib" / "a"
    staged.parent.mkdir(parents=True)
    staged.write_text("ours")
    (tmp_path / "build" / "installed" / "manifest.txt").write_text("/ORTHANC_PYTHON_PREFIX/lib/a")
    return tmp_path / "build"


def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("place", PLACE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "place", module)  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def test_all_is_on_the_disk_before_the_record_says_so(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a loss of power leaves an empty library in the place of another file, or a record of what is not there."""
    done: list[str] = []
    replace = Path.replace

    def note(path: Path, target: Path) -> Path:
        if "replaced" not in target.parts:
            done.append("record" if target.suffix == ".json" else target.name)
        return replace(path, target)

    library = build.parent / "usr" / "lib" / "a"
    library.parent.mkdir(parents=True)
    library.write_text("another's")
    monkeypatch.setattr(Path, "replace", note)
    monkeypatch.setattr(os, "sync", lambda: done.append("sync"))
    place = load(monkeypatch)
    place.place(build, f"{build.parent}/usr/", "", "")
    assert library.read_text() == "ours" and done == ["record", "sync", "record", "a", "sync", "record"]
    done.clear()
    place.uninstall(build)
    assert library.read_text() == "another's" and done == ["record", "a", "sync", "record"]


def test_what_needs_no_disk_waits_for_none(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is changed, or it goes into a package: other disks of the machine may be slow."""
    place = load(monkeypatch)
    place.place(build, f"{build.parent}/usr/", "", "")
    monkeypatch.setattr(os, "sync", lambda: pytest.fail("waits for all disks"))
    place.place(build, f"{build.parent}/usr/", "", "")
    monkeypatch.setenv("DESTDIR", str(build.parent / "package"))
    place.place(build, "/usr/", "", "")
    assert (build.parent / "package" / "usr" / "lib" / "a").read_text() == "ours"


def test_a_file_system_that_cannot_sync_folders(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def sync_file(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", sync_file)
    place = load(monkeypatch)
    place.place(build, f"{build.parent}/usr/", "", "")
    assert (build.parent / "usr" / "lib" / "a").read_text() == "ours"


LATER = '{"files": {"/a": {"path": "/a", "of a later version": 1}}}'


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"files": 1}', '{"files": {"/a": 1}}', LATER])
@pytest.mark.parametrize("command", ["place", "uninstall"])
def test_a_record_that_cannot_be_read_is_named(build: Path, command: str, text: str) -> None:
    (build / RECORD).write_text(text)
    rest = [f"{build.parent}/usr/", "", ""] if command == "place" else []
    done = subprocess.run([sys.executable, PLACE, command, build, *rest], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr.startswith(f"{build / RECORD}: damaged, or written by a later version.")
    assert (build / RECORD).read_text() == text and not (build.parent / "usr").exists()


@pytest.mark.parametrize("command", ["place", "uninstall"])
def test_a_run_waits_for_the_other(build: Path, command: str) -> None:
    """Also when the CMake of the other was killed, and its lock went with it."""
    (build / RECORD).write_text("{}")
    rest = [f"{build.parent}/usr/", "", ""] if command == "place" else []
    with (build / "installed" / "place.lock").open("a") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        process = subprocess.Popen([sys.executable, PLACE, command, build, *rest])
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
    assert process.wait(timeout=60) == 0
