# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that carry other Python code, pages or settings than their sources are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import tampered_macho as macho
import tampered_pe as pe
from conftest import VERSION, unzipped
from tampered_elf import Change, replaced
from tampering import BUNDLE, refused, verdict

from orthanc_release.archives import write_zip
from orthanc_release.sources import Source

OTHERS = "has other texts in it than its sources: "
LINUX, WINDOWS, MACOS = (
    f"OrthancPython-{VERSION}-python3.13-{end}" for end in ("linux-x86_64.so", "windows-x86_64.dll", "macos-arm64.dylib")
)
HOOKS = "src/plugin/embedded/script/hooks.py"


def in_text(source: Source, name: str, old: bytes, new: bytes) -> Change:
    """Return a change of a text where a library carries it."""
    text = source.read(name)
    assert old in text
    return replaced(text, text.replace(old, new, 1))


ROWS = [
    ("Python code", HOOKS, b"def ", b"dex "),
    ("a comment", HOOKS, b"GPL-3.0-or-later", b"GPL-9.9-or-later"),
    ("a script of the dashboard", "src/plugin/dashboard/page/main.js", b"const PERIOD", b"const PERIOT"),
    ("the dashboard's page", "src/plugin/dashboard/page/page.html", b"<html", b"<htmx"),
    ("code that the package has too", "src/orthanc_python/modules/module_specs.py", b"def ", b"dex "),
    ("the schema of settings", "src/orthanc_python/plugin_settings/settings.schema.json", b"VirtualEnv", b"VirtualEvv"),
]


@pytest.mark.parametrize(("name", "old", "new"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_another_text(name: str, old: bytes, new: bytes, release: Path, tmp_path: Path, source: Source) -> None:
    (tmp_path / LINUX).write_bytes(in_text(source, name, old, new)((release / LINUX).read_bytes()))
    refused(tmp_path / LINUX, tmp_path, source, f"{OTHERS}{name}")


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_of_other_systems(system: str, release: Path, tmp_path: Path, source: Source) -> None:
    """Their checksum or signature is made anew."""
    file, again = {"windows": (WINDOWS, pe.summed), "macos": (MACOS, macho.signed_again)}[system]
    change = again(in_text(source, HOOKS, b"def ", b"dex "))
    (tmp_path / file).write_bytes(change((release / file).read_bytes()))
    assert verdict(tmp_path / file, tmp_path, source) == [f"{OTHERS}{HOOKS}"]


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("OrthancPython/OrthancPython-python3.11.so", HOOKS),
        ("libOrthancPython.so", "src/orthanc_python/interpreters/question.py"),
    ],
)
def test_in_a_bundle(library: str, name: str, release: Path, tmp_path: Path, source: Source) -> None:
    files = unzipped(release / BUNDLE)
    text = source.read(name).strip()
    assert files[library].count(text) == 1
    files[library] = files[library].replace(text, text.replace(b"import", b"impart", 1))
    write_zip(tmp_path / BUNDLE, files, source.seconds)
    refused(tmp_path / BUNDLE, tmp_path, source, f"{Path(library).name} {OTHERS}{name}")
