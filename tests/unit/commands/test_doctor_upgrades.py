# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor after an upgrade by pip: the plugin in Orthanc's folder is still the former one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orthanc_python.doctor.checks import plugins
from orthanc_python.doctor.finding import Finding, Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.libraries.library import Kind, Library


def findings(folder: Path, kind: Kind, version: str) -> list[Finding]:
    """Return what the doctor says of a configuration with one plugin of a kind and a version."""
    path, library = folder / "orthanc.json", folder / "libOrthancPython.so"
    library.touch()
    path.write_text(json.dumps({"Plugins": [str(library)]}), encoding="utf-8")
    setup = Setup.read(path)
    setup.__dict__["libraries"] = [Library(library, kind, "", "", name="python", version=version)]
    return [each for each in plugins.check_plugins(setup) if each.text.startswith("it is version")]


@pytest.fixture(autouse=True)
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that version 0.2.0 of the package is installed."""
    monkeypatch.delenv("ORTHANC_PYTHON_PLUGIN", raising=False)
    monkeypatch.setattr(plugins, "build_facts", lambda: {"VERSION": "0.2.0"}, raising=False)


@pytest.mark.parametrize("kind", [Kind.LOADER, Kind.LINKED])
def test_another_version(kind: Kind, tmp_path: Path) -> None:
    (found,) = findings(tmp_path, kind, "0.1.0")
    assert found.level is Level.WARNING and found.subject == str(tmp_path / "libOrthancPython.so")
    assert found.text == "it is version 0.1.0, and this package has 0.2.0"
    assert f"setup {tmp_path / 'orthanc.json'}" in found.fix and found.fix.startswith("run setup again: ")


@pytest.mark.parametrize(
    ("kind", "version"),
    [(Kind.LOADER, "0.2.0"), (Kind.LOADER, ""), (Kind.FOREIGN, "4.3")],
    ids=["the same", "one that is not known", "another project's"],
)
def test_nothing_to_upgrade(kind: Kind, version: str, tmp_path: Path) -> None:
    assert findings(tmp_path, kind, version) == []


def test_build_that_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ORTHANC_PYTHON_PLUGIN, setup would install that one."""
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(tmp_path / "other.so"))
    assert findings(tmp_path, Kind.LOADER, "0.1.0") == []


def test_package_that_is_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "build_facts", dict)
    assert findings(tmp_path, Kind.LOADER, "0.1.0") == []
