# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions of the package that call Windows' own, by a CPython for Windows under Wine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from conftest import ROOT, START_WINE, run_program

from orthanc_release.pythons import foreign_pythons

LINES = [
    r"a  b\c \\d\ ",
    r'--logdir="C:\my logs" "C:\o\o.json"',
    r'"C:\a b\\" x',
    r'a\"b "c\\\"d e" f',
    r'"" x""y z',
    r'"open end\ ',
    r'"a""b"',
    r'"a""b" c"',
    r'"""a b" c',
    r'"a"\"" "b"\\"c d" """"',
    "a\u00a0b c\u3000d",
]
SPLIT = """
from orthanc_python.service.windows import split_arguments
library, count = ctypes.WinDLL("shell32"), ctypes.c_int()
library.CommandLineToArgvW.restype = ctypes.POINTER(ctypes.c_wchar_p)
for line in json.loads(sys.argv[2]):
    words = library.CommandLineToArgvW("program " + line, ctypes.byref(count))
    found.append([split_arguments(line), words[1 : count.value]])
"""
COPY = """
from orthanc_python.setup.access_list import DACL, copy_access_list
library, size = ctypes.WinDLL("advapi32"), ctypes.c_ulong()

def descriptor(path):
    data = ctypes.create_string_buffer(4096)
    assert library.GetFileSecurityW(str(path), DACL, data, len(data), ctypes.byref(size))
    return data.raw[: size.value].hex()

for name in "abab":
    found.append(descriptor(Path(sys.argv[2]) / name))
    if len(found) == 2:
        copy_access_list(Path(sys.argv[2]) / "a", Path(sys.argv[2]) / "b")
"""


def run(program: str, wine: dict[str, str], *arguments: str) -> list[Any]:
    python = foreign_pythons.windows_root("3.13") / "python.exe"
    begin = "import ctypes, json, sys\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[1])\nfound = []\n"
    source = "Z:" + str(ROOT / "src")
    command = [*START_WINE, str(python), "-c", f"{begin}{program}print(json.dumps(found))", source, *arguments]
    status, output = run_program(command, wine, timeout=170)
    assert status == 0, output
    answer: list[Any] = json.loads(output.strip().splitlines()[-1])
    return answer


def test_command_lines_are_split_as_by_windows(wine: dict[str, str]) -> None:
    found = run(SPLIT, wine, json.dumps(LINES))
    assert len(found) == len(LINES)
    for own, theirs in found:
        assert own == theirs


def test_list_of_a_file_is_copied(wine: dict[str, str], tmp_path: Path) -> None:
    for name, mode in (("a", 0o600), ("b", 0o644)):
        (tmp_path / name).touch(mode)
    first, second, *after = run(COPY, wine, f"Z:{tmp_path}")
    assert first != second and after == [first, first]
