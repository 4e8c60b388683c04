# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts fetch from Debian on a machine whose apt has no Debian, such as Ubuntu, and say what they leave out."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from orthanc_release.materials import newest_sdk

ROOT = Path(__file__).resolve().parents[2]
APT = """#!/bin/sh
case "$1" in
  indextargets) exit 0 ;; # as Ubuntu's: no target of that origin
esac
exit {status}
"""
# The real one installs. It knows no package, because nothing updates its lists.
INSTALLS = """#!/bin/sh
for each; do
  [ "$each" != install ] || exec {apt} "$@"
done
"""
NOBODY = 65534


def run(folder: Path, status: int, *command: str, ci: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command with an apt-get that knows no Debian, in a cache of its own."""
    program = folder / "bin" / "apt-get"
    program.parent.mkdir(exist_ok=True)
    program.write_text(APT.format(status=status))
    program.chmod(0o755)
    own = {"PATH": f"{program.parent}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(folder / "cache"), "CI": ci}
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, capture_output=True, text=True)


def test_a_mirror_where_apt_knows_none(tmp_path: Path) -> None:
    done = run(tmp_path, 0, "ci/fetch_debian", "trixie", "amd64", str(tmp_path / "packages"), "orthanc-dev")
    assert done.returncode == 0, done.stderr
    sources = tmp_path / "cache" / "orthanc-python" / "apt" / "trixie-amd64" / "etc" / "sources.list"
    assert " http://deb.debian.org/debian trixie main" in sources.read_text()


@pytest.mark.skipif(not shutil.which("apt-get") or not shutil.which("setpriv"), reason="apt and util-linux are Debian's")
def test_dependencies_without_root() -> None:
    """apt locks the folder of dpkg's status file before it looks for a package. GitHub's runners are not root."""
    with tempfile.TemporaryDirectory() as name:  # pytest's folders are for their owner alone, and so may be the checkout
        folder = Path(name)
        program = folder / "bin" / "apt-get"
        program.parent.mkdir()
        program.write_text(INSTALLS.format(apt=shutil.which("apt-get")))
        program.chmod(0o755)
        shutil.copy(ROOT / "ci" / "fetch_debian", folder)
        own = {"PATH": f"{program.parent}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(folder / "cache"), "LC_ALL": "C"}
        command = ["./fetch_debian", "--dependencies", "trixie", "amd64", "packages", "no-such-package"]
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
        done = subprocess.run(command, cwd=folder, env={**os.environ, **own}, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == "E: Unable to locate package no-such-package"


def test_a_header_that_is_left_out_is_a_failure(tmp_path: Path) -> None:
    done = run(tmp_path, 100, "ci/sdk_headers", str(tmp_path / "sdk"))
    assert done.returncode == 1 and "LEFT OUT: the SDK header of Debian sid" in done.stdout


@pytest.mark.parametrize(("sid", "status"), [("1.12.7", 1), (newest_sdk(), 0), ("99.0.0", 0)])
def test_a_header_that_is_older_than_the_sources_is_fetched_again(sid: str, status: int, tmp_path: Path) -> None:
    """They may know a newer SDK since, and only sid can have it. Here, no suite can be reached."""
    for suite, version in (("trixie", "1.12.7"), ("sid", sid)):
        (tmp_path / "sdk" / version).mkdir(parents=True, exist_ok=True)
        (tmp_path / "sdk" / version / "OrthancCPlugin.h").touch()
        (tmp_path / "sdk" / f"{suite}.txt").write_text(f"{version}\n")
    done = run(tmp_path, 100, "ci/sdk_headers", str(tmp_path / "sdk"))
    assert done.returncode == status
    assert done.stdout == ("LEFT OUT: the SDK header of Debian sid\n" if status else "")


@pytest.mark.parametrize("script", ["sdk_headers", "free_threaded"])
def test_the_cache_is_filled_by_one_script_at_a_time(tmp_path: Path, script: str) -> None:
    """A script waits for the other one even if nothing is left to do then."""
    cache = tmp_path / "orthanc-python"
    folder = cache / "sdk" if script == "sdk_headers" else cache / "pythons" / "free-threaded"
    for name in ("trixie", "sid"):
        (folder / newest_sdk()).mkdir(parents=True, exist_ok=True)
        (folder / newest_sdk() / "OrthancCPlugin.h").touch()
        (folder / f"{name}.txt").write_text(f"{newest_sdk()}\n")
    (folder / "3.13t").mkdir()
    (folder / "3.13t" / "complete.txt").touch()
    command = [f"ci/{script}", str(folder) if script == "sdk_headers" else "3.13t"]
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)})
        try:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(3)
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)
            status = process.wait(60)
    assert status == 0


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_left_out_fails_in_ci(tmp_path: Path, ci: str, status: int) -> None:
    done = run(tmp_path, 0, "bash", "-ec", 'source ci/lib/common.sh; left_out "a test"; exit', ci=ci)
    assert done.returncode == status and done.stdout == "LEFT OUT: a test\n"
