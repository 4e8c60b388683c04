# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a download site, by which someone could give other files to users."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from orthanc_release.artifacts import Manifest, sha256
from orthanc_release.describe.sums import write_sums

Change = Callable[[Path], object]
PLUGIN = "OrthancPython-0.1.0-python3.13-linux-x86_64.so"
FORMER = "OrthancPython-0.0.9-python3.13-linux-x86_64.so"
WHEEL = "orthanc_python-0.1.0-cp313-cp313-manylinux_2_28_x86_64.whl"
INDEX = "simple/orthanc-python/index"


def edited(name: str, old: str, new: str, count: int = 1) -> Change:
    """Return a change of a text. Files that other copies share are written anew."""

    def change(site: Path) -> None:
        text = (site / name).read_text(encoding="utf-8")
        assert old in text and old != new
        write(site / name, text.replace(old, new, count))

    return change


def write(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    file.write_text(text, encoding="utf-8")


def of_digest(name: str, file: str, last: bool = False) -> Change:
    """Return a change of the checksum of a file, where a page or an index has it first or last."""

    def change(site: Path) -> None:
        digest = sha256(site / "0.1.0" / file)
        head, found, tail = (str.rpartition if last else str.partition)((site / name).read_text(), digest)
        assert found
        write(site / name, head + "0" * 64 + tail)

    return change


def of_other_digest(name: str, file: str, other: str) -> Change:
    """Return a change of a file's checksum to that of another file of the release, everywhere on a page."""

    def change(site: Path) -> None:
        digest, wrong = (sha256(site / "0.1.0" / each) for each in (file, other))
        write(site / name, (site / name).read_text().replace(digest, wrong))

    return change


def without_part(name: str, pattern: str) -> Change:
    """Return a change that takes a part of a text away."""

    def change(site: Path) -> None:
        text = (site / name).read_text()
        assert re.search(pattern, text, re.DOTALL)
        write(site / name, re.sub(pattern, "", text, count=1, flags=re.DOTALL))

    return change


def replaced(name: str, by: str) -> Change:
    """Return a change of a file to another one of the site."""

    def change(site: Path) -> None:
        (site / name).unlink()
        shutil.copyfile(site / by, site / name)

    return change


def former_described_again(site: Path) -> None:
    """Alter a plugin of a former release, and all that describes it, but not the page."""
    folder = site / "0.0.9"
    write(folder / FORMER, "harm")
    manifest = Manifest.read(folder)
    digest, size = sha256(folder / FORMER), 4
    files = tuple(
        type(each)(**{**vars(each), "sha256": digest, "size": size}) if each.name == FORMER else each for each in manifest.files
    )
    listed = [line.split()[1] for line in (folder / "SHA256SUMS").read_text().splitlines()]
    for name in ("manifest.json", "SHA256SUMS"):
        (folder / name).unlink()
    Manifest(manifest.version, manifest.date, manifest.commit, files).write(folder)
    write_sums(folder, (folder / name for name in listed))


def changes(*several: Change) -> Change:
    """Return several changes as one."""
    return lambda site: [change(site) for change in several]
