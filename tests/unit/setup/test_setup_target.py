# SPDX-License-Identifier: GPL-3.0-or-later
"""A setup that is given one file of the folder that the service reads."""

from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest

from orthanc_python.configuration import read_configuration
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.service import VARIABLE
from orthanc_python.setup.plan import Options, make_plan


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the configuration of a service with an init script: "Plugins" is in another file than "Python"."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    script = tmp_path / "etc" / "init.d" / "orthanc"
    script.parent.mkdir(parents=True)
    script.touch()
    folder, plugins = tmp_path / "etc" / "orthanc", tmp_path / "plugins"
    folder.mkdir()
    plugins.mkdir()
    (folder / "a.json").write_text(json.dumps({"Plugins": [str(plugins)], "Name": "a"}))
    (folder / "b.json").write_text(json.dumps({"Python": {"VirtualEnv": str(tmp_path / "env")}}))
    return folder


@pytest.mark.parametrize("name", ["a.json", "b.json", ".", "../../link.json"])
def test_file_of_the_service(name: str, etc: Path, tmp_path: Path) -> None:
    """Orthanc reads the whole folder: each key is changed in the file that has it, and no key comes into two."""
    (tmp_path / "link.json").symlink_to(etc / "b.json")
    script, plugins = tmp_path / "hello.py", tmp_path / "more"
    script.write_text("import orthanc\n")
    plan = make_plan(Options(etc / name, script, folder=plugins, user=getpass.getuser()))
    assert plan.setup.path == etc and plan.setup.service is not None
    for change in plan.changes:
        change.apply()
    assert sorted(path.name for path in etc.iterdir()) == ["a.json", "b.json"]
    settings = read_configuration(etc)
    assert settings["Plugins"] == [str(tmp_path / "plugins"), str(plan.library)]
    assert settings["Python"] == {"Path": str(script), "VirtualEnv": str(tmp_path / "env")}


def test_modules_of_a_package_alone(etc: Path, tmp_path: Path) -> None:
    """A package goes into the service without a script, if "Modules" names it; without one, the error says so."""
    options = Options(folder=tmp_path / "plugins", user=getpass.getuser())
    with pytest.raises(Failure, match=r'^no script is configured: .*--script FILE, or write .*"Modules"'):
        make_plan(options)
    (etc / "b.json").write_text('{"Python": {"Modules": ["my_plugin.plugin"]}}')
    plan = make_plan(Options(environment=tmp_path / "env", folder=tmp_path / "plugins", user=getpass.getuser()))
    for change in plan.changes:
        change.apply()
    assert read_configuration(etc)["Python"] == {"VirtualEnv": str(tmp_path / "env"), "Modules": ["my_plugin.plugin"]}


@pytest.mark.parametrize("name", ["kept/b.json", "b.json.old"])
def test_file_that_orthanc_does_not_read(name: str, etc: Path) -> None:
    """It is not the service's, although it is in that folder."""
    path = etc / name
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"Name": "b"}')
    found = Setup.read(path, getpass.getuser())
    assert found.service is None and found.path == path and found.settings == {"Name": "b"}


def test_file_that_is_missing(etc: Path) -> None:
    with pytest.raises(Failure, match=r"c\.json: the file does not exist"):
        Setup.read(etc / "c.json", getpass.getuser())
