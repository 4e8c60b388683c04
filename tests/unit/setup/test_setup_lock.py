# SPDX-License-Identifier: GPL-3.0-or-later
"""Two `orthanc-python setup` of one configuration at the same time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from orthanc_python.configuration import read_configuration
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.setup import backup, work
from orthanc_python.setup.backup import Backup, kept_from_others
from orthanc_python.setup.change import Change
from orthanc_python.setup.environment import Environment
from orthanc_python.setup.plan import Plan
from orthanc_python.setup.target import Place

BEFORE, AFTER = "{}", '{"Name": "x"}'


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only file of a configuration. Neither a plugin nor a service belongs to it."""
    monkeypatch.setattr(Plan, "installs", False)
    monkeypatch.setattr(work, "_refuse_problems", lambda plan, user: None)
    path = tmp_path / "orthanc.json"
    path.write_text(BEFORE)
    return path


def planned(path: Path) -> Plan:
    return Plan(Setup.read(path), Place(path.parent, listed=True), None, [Change(path, BEFORE, AFTER)])


def carry_out(plan: Plan) -> None:
    work.carry_out(plan, "", lambda text: None, nullcontext)


def undo(path: Path, kept: Backup) -> None:
    work.undo(Setup.read(path), kept, lambda text: None, nullcontext)


def test_while_another_one_works(configuration: Path) -> None:
    plan = planned(configuration)
    with kept_from_others(configuration):
        with pytest.raises(Failure, match=f"another orthanc-python is changing {configuration}: wait until it has ended"):
            carry_out(plan)
        assert configuration.read_text() == BEFORE
    assert list(configuration.parent.iterdir()) == [configuration]
    carry_out(plan)
    kept = Backup.latest(configuration)
    with kept_from_others(configuration), pytest.raises(Failure, match="another orthanc-python is changing"):
        undo(configuration, kept)
    assert configuration.read_text() == AFTER
    undo(configuration, kept)
    assert read_configuration(configuration) == {} and list(configuration.parent.iterdir()) == [configuration]


@pytest.mark.parametrize("change", [lambda path: path.write_text('{"Name": "y"}'), Path.unlink], ids=["edited", "removed"])
def test_changed_while_it_asks(change: Callable[[Path], object], configuration: Path) -> None:
    """The written text would differ from the one that was shown and confirmed."""
    plan = planned(configuration)
    change(configuration)
    with pytest.raises(Failure, match="was changed meanwhile: run this command again"):
        carry_out(plan)
    assert not configuration.exists() or configuration.read_text() == '{"Name": "y"}'


def test_undone_meanwhile(configuration: Path) -> None:
    carry_out(planned(configuration))
    first, second = Backup.latest(configuration), Backup.latest(configuration)
    undo(configuration, first)
    with pytest.raises(Failure, match="another orthanc-python has undone this setup"):
        undo(configuration, second)


def test_folder_that_another_process_removes(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setup that ends removes the folder of the lock. At that moment another one may begin."""
    first = backup.locked

    def removed(path: Path, work: str) -> AbstractContextManager[None]:
        monkeypatch.setattr(backup, "locked", first)
        path.parent.rmdir()
        return first(path, work)

    monkeypatch.setattr(backup, "locked", removed)
    with kept_from_others(configuration):
        assert configuration.read_text() == BEFORE
    assert list(configuration.parent.iterdir()) == [configuration]


def test_edited_while_the_environment_is_made(configuration: Path) -> None:
    """A minute may pass then."""

    class Made(Environment):
        def make(self) -> None:
            configuration.write_text('{"Name": "y"}')

    plan = planned(configuration)
    plan.environment = Made({"VirtualEnv": "env"}, Path("python3"))
    with pytest.raises(Failure, match=f"{configuration} was changed meanwhile: run this command again"):
        carry_out(plan)
    assert configuration.read_text() == '{"Name": "y"}'
    assert list(configuration.parent.iterdir()) == [configuration]


@pytest.mark.parametrize("edited", [0, 1], ids=["first", "second"])
def test_edited_while_the_plugin_is_installed(edited: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edit stays, and all other files come back."""
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path in paths:
        path.write_text(f'{{"{path.stem}": 1}}')
    changes = [Change(path, path.read_text(), AFTER) for path in paths]
    plan = Plan(Setup.read(tmp_path), Place(tmp_path, listed=True), None, changes)
    monkeypatch.setattr(Plan, "installs", True)
    monkeypatch.setattr(work, "_install", lambda *_: paths[edited].write_text('{"Name": "y"}'))
    with pytest.raises(Failure, match=f"{paths[edited]} was changed meanwhile: run this command again"):
        carry_out(plan)
    assert paths[edited].read_text() == '{"Name": "y"}'
    assert paths[1 - edited].read_text() == changes[1 - edited].before
    assert sorted(tmp_path.iterdir()) == paths
