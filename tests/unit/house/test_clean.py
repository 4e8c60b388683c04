# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/clean lists and deletes what the scripts keep, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A checkout with the script, and a cache with two entries."""
    (tmp_path / "checkout" / "ci" / "lib").mkdir(parents=True)
    for name in ("ci/clean", "ci/lib/common.sh"):
        shutil.copy2(ROOT / name, tmp_path / "checkout" / name)
    for folder in ("cache/orthanc-python/zig", "cache/orthanc-python/roots", "checkout/build", "cache/other"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_bytes(b"x" * 2_000_000)
    return tmp_path / "cache" / "orthanc-python"


def clean(cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache.parent)}
    script = cache.parent.parent / "checkout" / "ci" / "clean"
    return subprocess.run([str(script), *arguments], env=environment, capture_output=True, text=True)


def test_lists_with_sizes(cache: Path) -> None:
    lines = clean(cache).stdout.splitlines()
    assert [line.split()[1].rsplit("/", 1)[1] for line in lines[:3]] == ["roots", "zig", "build"]
    assert all(line.startswith("2.0M") for line in lines[:3])


def test_deletes_what_is_named(cache: Path) -> None:
    assert clean(cache, "zig").returncode == 0
    assert sorted(path.name for path in cache.iterdir()) == ["roots"]


def test_deletes_all(cache: Path) -> None:
    assert clean(cache, "--all").returncode == 0
    assert not list(cache.iterdir())
    assert not (cache.parent.parent / "checkout" / "build").exists()
    assert (cache.parent / "other" / "file").exists()


def test_refuses_an_unknown_name(cache: Path) -> None:
    done = clean(cache, "nothing")
    assert done.returncode == 1
    assert "There is no nothing" in done.stderr
    assert clean(cache, "--force").returncode == 2
    assert len(list(cache.iterdir())) == 2
