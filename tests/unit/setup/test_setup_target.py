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


@pytest.fixture
def current(tmp_path: Path) -> Path:
    """Return a script of a release, by way of the link that each deployment leads to the next release."""
    release = tmp_path / "releases" / "41"
    release.mkdir(parents=True)
    (release / "hello.py").write_text("import orthanc\n")
    (tmp_path / "current").symlink_to("releases/41")
    return tmp_path / "current" / "hello.py"


@pytest.mark.parametrize("setting", ["Path", "PythonScript", ""])
def test_script_behind_a_link(setting: str, current: Path, etc: Path, tmp_path: Path) -> None:
    """The configuration names the link, so that Orthanc runs the next release after it."""
    former = {"Path": {"Python": {"Path": ["/x.py"]}}, "PythonScript": {"PythonScript": "/x.py"}}.get(setting, {})
    (etc / "b.json").write_text(json.dumps({"Python": {}} | former))
    plan = make_plan(Options(etc, current, folder=tmp_path / "plugins", user=getpass.getuser()))
    added = "\n".join(line for change in plan.changes for line in change.diff() if line[:1] == "+")
    assert f'"{current}"' in added and "releases/41" not in added


@pytest.mark.parametrize("listed", ["link", "relative link", "target"])
@pytest.mark.parametrize("given", ["link", "target", "link/.."])
def test_script_behind_a_link_in_a_list(listed: str, given: str, current: Path, etc: Path, tmp_path: Path) -> None:
    """It stays one script, and is not run twice. A link takes the place of what it leads to."""
    paths = {"link": current, "relative link": Path("current/hello.py"), "target": current.resolve()}
    (etc / "b.json").write_text(json.dumps({"Python": {"Path": ["/x.py", str(paths[listed])]}}))
    script = current.parent / ".." / "41" / "hello.py" if given == "link/.." else paths[given]
    plan = make_plan(Options(etc, script, environment=tmp_path / "env", folder=tmp_path / "plugins", user=getpass.getuser()))
    for change in plan.changes:
        change.apply()
    kept = current if given == "link" and listed != "link" else paths[listed]
    assert read_configuration(etc)["Python"]["Path"] == ["/x.py", str(kept)]


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
