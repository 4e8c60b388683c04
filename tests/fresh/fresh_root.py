# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal Debian with a clone of this checkout, as a new user has it. All that happens in it is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The overlay is mounted in a namespace of its own, and goes with its last process.
RUN = """
set -euo pipefail
cd "$1"
source ci/lib.sh
source ci/roots.sh
mount -t overlay overlay -o "lowerdir=$2,upperdir=$3/upper,workdir=$3/work" "$3/root"
ROOT=$3/clone
in_root "$3/root" "${@:4}"
"""
MAKE = """
set -euo pipefail
cd "$1"
source ci/lib.sh
source ci/roots.sh
make_root "$2" "$2-fresh"
echo "$ROOTS/$2-fresh"
"""
# As a person does: say yes to apt-get, and update its lists once.
ANSWER_YES = "echo 'APT::Get::Assume-Yes \"true\";' >/etc/apt/apt.conf.d/99yes && apt-get update -q"
AS_USER = "apt-get install -q sudo && useradd --create-home ada && echo 'ada ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ada"


@dataclass
class FreshRoot:
    """Commands run in it see what the ones before have left."""

    base: Path
    folder: Path

    def run(self, script: str, account: str = "root", timeout: float = 900) -> str:
        """Run a shell script in the clone, and return what it printed. Raises AssertionError with that if it fails."""
        file = self.folder / "clone" / ".fresh.sh"
        file.write_text(f"set -ex\n{script}\n", encoding="utf-8")
        command = (
            ["bash", f"/src/{file.name}"] if account == "root" else ["sudo", "-u", account, "-H", "bash", f"/src/{file.name}"]
        )
        arguments = [str(ROOT), str(self.base), str(self.folder), "sh", "-c", 'cd /src && exec "$@"', "sh", *command]
        done = subprocess.run(
            ["unshare", "--mount", "bash", "-c", RUN, "bash", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, f"{script}\nended with exit status {done.returncode}:\n{done.stdout[-6000:]}"
        return done.stdout

    def add_user(self, account: str) -> None:
        """Give the clone to an account that may use sudo."""
        self.run(f"{ANSWER_YES} && {AS_USER.replace('ada', account)} && chown -R {account}: /src")


@contextmanager
def fresh_root(suite: str) -> Iterator[FreshRoot]:
    """A minimal root of a Debian suite, made once; its changes are in a folder that is deleted."""
    made = subprocess.run(["bash", "-c", MAKE, "bash", str(ROOT), suite], stdout=subprocess.PIPE, text=True, check=True)
    folder = Path(tempfile.mkdtemp(prefix="fresh-"))
    try:
        for name in ("upper", "work", "root"):
            (folder / name).mkdir()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
        _copy_changes(folder / "clone")
        yield FreshRoot(Path(made.stdout.strip()), folder)
    finally:
        shutil.rmtree(folder)


def _copy_changes(clone: Path) -> None:
    """Copy the files that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--modified", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    )
    for name in map(os.fsdecode, filter(None, listed.stdout.split(b"\0"))):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, clone / name)
        else:
            (clone / name).unlink(missing_ok=True)
