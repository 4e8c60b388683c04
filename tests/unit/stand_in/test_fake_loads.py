# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the module orthanc: scripts that a test loads again, and what registrations cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_fake_orthanc import HELPER, fake

from orthanc_python.testing import Call, Fake, Unanswered, recorder

__all__ = ["fake"]  # a fixture
SINGLE = """
import first_helper
import orthanc

def find(answers, query, issuer_aet, called_aet):
    answers.FindAddAnswer(TEXT)

def on_change(change_type, level, resource_id):
    orthanc.RegisterWorklistCallback(print)

orthanc.RegisterFindCallback(find)
orthanc.RegisterOnChangeCallback(on_change)
first_helper.register(lambda output, uri, **request: output.AnswerBuffer(TEXT, "text/plain"))
"""
REGISTERING_HELPER = f"""{HELPER}
def register(callback):
    orthanc.RegisterRestCallback("/text", callback)
"""


@pytest.mark.parametrize("change", [False, True], ids=["loaded", "used"])
def test_script_that_is_loaded_again(fake: Fake, tmp_path: Path, change: bool) -> None:
    """Its registrations replace those of the former load. Modules that it has imported keep theirs."""
    (tmp_path / "first_helper.py").write_text(REGISTERING_HELPER)
    for text in ("first", "second"):
        (tmp_path / "loaded_again.py").write_text(f"TEXT = {text!r}\n{SINGLE}#{text}")
        fake.load(tmp_path / "loaded_again.py")
        if change:
            fake.change(fake.module.ChangeType.ORTHANC_STARTED)
        assert fake.find({"PatientID": "*"}) == [text.encode()]
        assert fake.rest("/text").body == text.encode()
        assert fake.rest("/helped").body == b"helped"


def test_second_registration_by_another_script(fake: Fake, tmp_path: Path) -> None:
    """It still raises, also by a script of the same name in another folder."""
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same_name.py").write_text(
            f"import orthanc\n"
            f"orthanc.RegisterRestCallback('/{folder}', lambda output, uri, **request: output.AnswerBuffer('', 'text/plain'))\n"
            f"{'orthanc.RegisterFindCallback(print)' if folder != 'a' else ''}\n"
        )
    fake.load(tmp_path / "a" / "same_name.py")
    fake.load(tmp_path / "b" / "same_name.py")
    with pytest.raises(RuntimeError, match="a C-FIND callback is registered already"):
        fake.load(tmp_path / "c" / "same_name.py")
    assert [fake.rest(f"/{folder}").body for folder in "abc"] == [b""] * 3


def test_modules_that_are_loaded_again(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second module of the same package leaves the first, as with the setting "Modules"."""
    (tmp_path / "loaded_package").mkdir()
    (tmp_path / "loaded_package" / "__init__.py").write_text("import orthanc\northanc.RegisterWorklistCallback(print)\n")
    (tmp_path / "loaded_package" / "first.py").write_text("import orthanc\northanc.RegisterFindCallback(print)\n")
    (tmp_path / "loaded_package" / "second.py").write_text("import orthanc\northanc.RegisterMoveCallback(print)\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("first", "second", "first"):
        fake.load_module(f"loaded_package.{name}")
    names = [call.name for call in fake.calls]
    assert names == ["RegisterWorklistCallback", "RegisterMoveCallback", "RegisterFindCallback"]
    fake.load_module("loaded_package")  # is there already
    assert [call.name for call in fake.calls] == names
    fake.load_module("loaded_package")
    assert [call.name for call in fake.calls] == ["RegisterWorklistCallback"]


def test_loads_that_fail_and_are_repeated(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import orthanc\northanc.RegisterFindCallback(print)\northanc.RestApiGet('/studies')\n"
    (tmp_path / "asking_script.py").write_text(text)
    (tmp_path / "asking_package").mkdir()
    (tmp_path / "asking_package" / "__init__.py").write_text(text.replace("Find", "Worklist"))
    (tmp_path / "asking_package" / "plugin.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    loads: list[Callable[[], object]] = [
        lambda: fake.load(tmp_path / "asking_script.py"),
        lambda: fake.load_module("asking_package.plugin"),
    ]
    for load in loads:
        with pytest.raises(Unanswered):
            load()
    fake.answer("RestApiGet", b"[]")
    for load in loads:
        load()
    registrations = [call.name for call in fake.calls if call.name.startswith("Register")]
    assert registrations == ["RegisterFindCallback", "RegisterWorklistCallback"]


class Counted(list[Call]):
    """Counts how often the recorded calls are gone through."""

    uses = 0

    def __iter__(self) -> Iterator[Call]:
        self.uses += 1
        return super().__iter__()

    def __getitem__(self, index: Any) -> Any:
        self.uses += 1
        return super().__getitem__(index)


def test_calls_do_not_go_through_the_calls_before(fake: Fake) -> None:
    """Only a registration that Orthanc takes once looks for an earlier one."""
    calls = recorder.current.calls = Counted()
    for _ in range(3):
        fake.module.LogInfo("text")
        fake.module.RegisterOnChangeCallback(print)
        fake.module.RegisterRestCallback("/route", print)
    assert (len(calls), calls.uses) == (9, 0)
    fake.module.RegisterFindCallback(print)
    assert calls.uses == 1
