# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which `orthanc-python doctor` asks the interpreters of Windows' registry: as the loader does."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from orthanc_python.doctor.search import Wishes, candidates


def registry(tags: dict[str, list[str]], folder: Path) -> SimpleNamespace:
    """Return a winreg with the tags of PythonCore, by hive. The installation of each is in the folder."""

    @contextlib.contextmanager
    def open_key(hive: str, path: str, _: int, __: int) -> Iterator[tuple[str, list[str]]]:
        _, _, *rest = path.split("\\")
        names = tags.get(hive, [])
        if len(rest) > 1 and rest[1] not in names:
            raise FileNotFoundError
        yield rest[1] if len(rest) > 1 else "", [["PythonCore"], names, [], []][len(rest)]

    def value(key: tuple[str, list[str]], name: str) -> tuple[str, int]:
        if name:
            raise FileNotFoundError
        return str(folder / key[0]), 1

    return SimpleNamespace(
        HKEY_CURRENT_USER="user",
        HKEY_LOCAL_MACHINE="machine",
        KEY_WOW64_64KEY=1,
        KEY_WOW64_32KEY=2,
        KEY_READ=4,
        OpenKey=open_key,
        QueryInfoKey=lambda key: (len(key[1]), 0, 0),
        EnumKey=lambda key, index: key[1][index],
        QueryValueEx=value,
    )


def test_later_versions_first_and_free_threaded_ones_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {"user": ["3.13-32", "3.14", "3.14-32", "3.14t", "3.9"], "machine": ["3.10", "3.15t-arm64"]}
    for tag in (*tags["user"], *tags["machine"]):
        (tmp_path / tag).mkdir()
        (tmp_path / tag / "python.exe").touch()
    monkeypatch.setitem(sys.modules, "winreg", registry(tags, tmp_path))
    monkeypatch.setattr(sys, "platform", "win32")
    found = [each.executable for each in candidates(Wishes(), None, {}) if each.reason == "the registry"]
    order = ["3.14", "3.14-32", "3.13-32", "3.9", "3.10", "3.14t", "3.15t-arm64"]
    assert list(dict.fromkeys(found)) == [tmp_path / tag / "python.exe" for tag in order]
