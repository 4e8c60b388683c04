# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of Windows' service, as its registry has it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from orthanc_python.service.windows import find_windows_service, service_of_command, split_arguments


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        (r"  a	b\c \\d\ ", ["a", r"b\c", "\\\\d\\"]),
        (r'--logdir="C:\my logs" "C:\o\o.json"', [r"--logdir=C:\my logs", r"C:\o\o.json"]),
        (r'"C:\a b\\" x', ["C:\\a b\\", "x"]),
        (r'a\"b "c\\\"d e" f', ['a"b', 'c\\"d e', "f"]),
        (r'"" x""y "open end\ ', ["", "xy", "open end\\ "]),
        (r'"a""b"', ['a"b']),
        (r'"a""b" c"', ['a"b c']),
        (r'"""a b" c', ['"a', "b c"]),
        (r'"a"\"" "b"\\"c d" """"', ['a" b\\c', 'd "']),
        ("a\u00a0b c\u3000d\ve", ["a\u00a0b", "c\u3000d\ve"]),
    ],
    ids=[
        "empty",
        "plain",
        "logdir",
        "backslash at the end",
        "quotes in words",
        "empty words and an open end",
        "two quotes",
        "two quotes, behind them no longer in quotes",
        "three quotes",
        "quotes and backslashes",
        "other white space",
    ],
)
def test_arguments(line: str, words: list[str]) -> None:
    """As CommandLineToArgvW splits them."""
    assert split_arguments(line) == words


def test_path_with_blanks_without_quotes(tmp_path: Path) -> None:
    """Windows takes the shortest beginning that is a program, with or without .exe."""
    program = tmp_path / "Orthanc Server" / "OrthancService.exe"
    program.parent.mkdir()
    program.touch()
    for name in (program, program.with_suffix("")):
        service = service_of_command(f'{name} --logdir="C:/my logs" C:/orthanc.json')
        assert service is not None and service.working_folder == program.parent
        assert (service.log_folder, service.configuration) == (Path("C:/my logs"), Path("C:/orthanc.json"))
    service = service_of_command(str(program))
    assert service is not None and service.configuration == program.parent / "Configuration"


def test_path_with_other_white_space(tmp_path: Path) -> None:
    """Windows ends a program without quotes at a blank or a tab."""
    command = f"C:/Orthanc\u00a0Server/Orthanc.exe\t{tmp_path}\u3000"
    service = service_of_command(command)
    assert service is not None and service.working_folder == Path("C:/Orthanc\u00a0Server")
    assert service.configuration == Path(f"{tmp_path}\u3000")


@pytest.mark.parametrize(
    "command", ["", r'"C:\nssm\nssm.exe"', r"C:\nssm-2.24\win64\nssm.exe", "C:/tools/srvany.exe C:/Orthanc/Orthanc.exe"]
)
def test_another_program(command: str) -> None:
    """NSSM has the command line of Orthanc elsewhere."""
    assert service_of_command(command) is None


@pytest.mark.parametrize("program", [r'"C:\Orthanc\Orthanc.exe"', r"C:\Orthanc\orthancservice.EXE", r"C:\Orthanc\orthanc"])
def test_orthanc(program: str) -> None:
    assert service_of_command(program) is not None


@pytest.mark.parametrize(("kind", "folder"), [(1, "%ProgramFiles%"), (2, "C:/Programme")], ids=["plain", "with variables"])
def test_variables(kind: int, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows replaces those of a value of the kind REG_EXPAND_SZ alone."""
    expand: Callable[[str], str] = lambda text: text.replace("%ProgramFiles%", "C:/Programme")  # noqa: E731
    registry = SimpleNamespace(
        HKEY_LOCAL_MACHINE=0,
        REG_EXPAND_SZ=2,
        OpenKey=lambda *_: nullcontext(),
        QueryValueEx=lambda *_: ('"%ProgramFiles%/Orthanc/Orthanc.exe"', kind),
        ExpandEnvironmentStrings=expand,
    )
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "winreg", registry)
    service = find_windows_service()
    assert service is not None and service.working_folder == Path(folder) / "Orthanc"
