# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python setup --undo` after a setup that was killed while it installed the plugin."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from orthanc_python.doctor.setup import Setup
from orthanc_python.install import deployment
from orthanc_python.install.place import Place as PluginFolder
from orthanc_python.libraries.file_names import LOADER, plugin_for
from orthanc_python.libraries.installation import VARIABLE, python_version
from orthanc_python.setup import work
from orthanc_python.setup.backup import Backup
from orthanc_python.setup.plan import Plan
from orthanc_python.setup.target import Place
from tests.unit.setup.test_setup_backup import LIBRARY, OUR_LOADER


class Killed(BaseException):
    """Stands for SIGKILL: nothing of the setup runs behind it."""


def write_plugin(folder: Path, mark: bytes) -> None:
    beside = plugin_for(folder / LOADER, python_version())
    beside.parent.mkdir(parents=True)
    (folder / LOADER).write_bytes(OUR_LOADER)  # that of two versions may be the same
    beside.write_bytes(LIBRARY + mark)


@pytest.fixture(params=[False, True], ids=["new", "another version"])
def plan(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    write_plugin(tmp_path / "source", b"new")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "source" / LOADER))
    if request.param:
        write_plugin(tmp_path / "plugins", b"old")
    (tmp_path / "orthanc.json").write_text("{}")
    return Plan(Setup.read(tmp_path / "orthanc.json"), Place(tmp_path / "plugins", listed=True), None)


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and ".orthanc-python" not in path.parts}


@pytest.mark.parametrize("moment", ["before", "within", "behind"])
def test_killed(moment: str, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """All is as it was, wherever it stopped."""
    before, install, exchange = files(plan.place.folder), deployment.install, PluginFolder._exchange

    def kill(folder: Path) -> None:
        if moment == "behind":
            install(folder)
        raise Killed

    def exchange_first(self: PluginFolder, part: str) -> None:
        exchange(self, part)
        monkeypatch.setattr(PluginFolder, "_undo", lambda *_: None)
        raise Killed

    if moment == "within":
        monkeypatch.setattr(PluginFolder, "_exchange", exchange_first)
    else:
        monkeypatch.setattr(deployment, "install", kill)
    undo = PluginFolder._undo
    with pytest.raises(Killed):
        work._install(plan, Backup.create(plan.setup.path, []), lambda text: None)
    assert (files(plan.place.folder) == before) is (moment == "before")
    monkeypatch.setattr(PluginFolder, "_undo", undo)
    monkeypatch.setattr(PluginFolder, "_exchange", exchange)
    said = Backup.latest(plan.setup.path).undo()
    assert files(plan.place.folder) == before
    assert bool(said) is (moment == "behind") and not any("since" in line for line in said)


@pytest.mark.parametrize("mark", [b"other", b"new"], ids=["of another version", "of this one"])
@pytest.mark.parametrize("plan", [True], indirect=True)
def test_setup_after_an_exchange_that_was_killed(mark: bytes, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """It repairs the folder before it looks what is installed and records what it replaces."""
    before, exchange, undo = files(plan.place.folder), PluginFolder._exchange, PluginFolder._undo
    place = PluginFolder(plan.place.folder)

    def exchange_all(self: PluginFolder, part: str) -> None:
        exchange(self, part)
        if part == LOADER:
            raise Killed

    monkeypatch.setattr(PluginFolder, "_exchange", exchange_all)
    monkeypatch.setattr(PluginFolder, "_undo", lambda *_: None)
    with pytest.raises(Killed), place.locked():
        write_plugin(place.stage(), mark)
        place.exchange()
    assert files(plan.place.folder) != before and plan.installs
    monkeypatch.setattr(PluginFolder, "_exchange", exchange)
    monkeypatch.setattr(PluginFolder, "_undo", undo)
    monkeypatch.setattr(work, "_refuse_problems", lambda *_: None)
    work.carry_out(plan, "", lambda text: None, nullcontext)
    with place.locked():
        assert not plan.installs
    assert Backup.latest(plan.setup.path).undo() == [f"restored the former {plan.library}"]
    assert files(plan.place.folder) == before
