# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal Debian with a clone of this checkout, as a new user has it. All that happens in it is thrown away."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.checkout import ROOT, clone_checkout

# The overlay is mounted in a namespace of its own, and goes with its last process.
RUN = """
set -euo pipefail
cd "$1"
source ci/lib/common.sh
source ci/lib/roots.sh
mount -t overlay overlay -o "lowerdir=$2,upperdir=$3/upper,workdir=$3/work" "$3/root"
ROOT=$3/clone
in_root "$3/root" "${@:4}"
"""
MAKE = """
set -euo pipefail
cd "$1"
source ci/lib/common.sh
source ci/lib/roots.sh
make_root "$2" "$2-fresh"
echo "$ROOTS/$2-fresh"
"""
# As a person does: say yes to apt-get, and update its lists once.
ANSWER_YES = "echo 'APT::Get::Assume-Yes \"true\";' >/etc/apt/apt.conf.d/99yes && apt-get update -q"
AS_USER = "apt-get install -q sudo && useradd --create-home ada && echo 'ada ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ada"


@dataclass
class FreshRoot:
    """Commands run in it see what the ones before have left."""

    lower: str  # the folders of overlayfs below it, the uppermost first
    folder: Path

    def run(self, script: str, account: str = "root", timeout: float = 900) -> str:
        """Run a shell script in the clone, and return what it printed. Raises AssertionError with that if it fails."""
        file = self.folder / "clone" / ".fresh.sh"
        file.write_text(f"set -ex\n{script}\n", encoding="utf-8")
        command = (
            ["bash", f"/src/{file.name}"] if account == "root" else ["sudo", "-u", account, "-H", "bash", f"/src/{file.name}"]
        )
        arguments = [str(ROOT), self.lower, str(self.folder), "sh", "-c", 'cd /src && exec "$@"', "sh", *command]
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
def fresh_root(suite: str, after: FreshRoot | None = None) -> Iterator[FreshRoot]:
    """A minimal root of a Debian suite, made once; its changes are in a folder that is deleted.

    With `after`, it begins as that root is now, with another clone. That root must not change meanwhile.
    """
    if after is None:
        command = ["bash", "-c", MAKE, "bash", str(ROOT), suite]
        lower = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    else:
        lower = f"{after.folder / 'upper'}:{after.lower}"
    folder = Path(tempfile.mkdtemp(prefix="fresh-"))
    try:
        for name in ("upper", "work", "root"):
            (folder / name).mkdir()
        clone_checkout(folder / "clone")
        yield FreshRoot(lower, folder)
    finally:
        shutil.rmtree(folder)
