# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/lib/roots.sh: root file systems that several scripts share."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
COMMAND = "source ci/lib/common.sh; source ci/lib/roots.sh; make_root bookworm shared ''"
# The real one takes a minute. This one, too, fails in a folder that another one is filling.
DEBOOTSTRAP = """#!/bin/sh
for root; do [ "$root" != --include= ] || exit 2; done  # the real one refuses that, too
mkdir "$root" || exit 1
echo "$*" >>"$CALLS"
mkdir "$root/proc"
mount -t proc proc "$root/proc"
sleep 1
[ ! -e "$FAILS" ]
"""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    program = tmp_path / "bin" / "debootstrap"
    program.parent.mkdir()
    program.write_text(DEBOOTSTRAP, encoding="ascii")
    program.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "CALLS": str(tmp_path / "calls"),
        "FAILS": str(tmp_path / "fails"),
    }


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["bash", "-c", COMMAND], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_two_at_once_make_one_root(environment: dict[str, str]) -> None:
    processes = [start(environment) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert len(Path(environment["CALLS"]).read_text(encoding="utf-8").splitlines()) == 1


def test_failed_one_leaves_no_mount_and_is_made_again(environment: dict[str, str]) -> None:
    Path(environment["FAILS"]).touch()
    first = start(environment)
    first.communicate(timeout=60)
    assert first.returncode == 1
    assert environment["XDG_CACHE_HOME"] not in Path("/proc/mounts").read_text(encoding="utf-8")
    Path(environment["FAILS"]).unlink()
    second = start(environment)
    output = second.communicate(timeout=60)[0]
    assert second.returncode == 0, output
