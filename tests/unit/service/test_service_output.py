# SPDX-License-Identifier: GPL-3.0-or-later
"""Output of other programs that is in another encoding, as of PowerShell on a German Windows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import orthanc_python
from orthanc_python.failure import Failure
from orthanc_python.service import Manager, Service
from orthanc_python.setup.control import restart


def test_error_of_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its text is shown, but for the letters that are not understood."""
    command = ["sh", "-c", r"printf 'Der Dienst l\204uft nicht\n' >&2; exit 1"]
    monkeypatch.setattr(Service, "restart", property(lambda _: command))
    with pytest.raises(Failure, match=r"fails: Der Dienst l\ufffduft nicht$"):
        restart(Service("Orthanc", Manager.WINDOWS, tmp_path))


def texts() -> Iterator[tuple[str, ast.Call]]:
    """Yield each call that reads what another program writes as text, with its place."""
    folder = Path(orthanc_python.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and any(each.arg == "text" for each in node.keywords):
                yield f"{path.relative_to(folder)}:{node.lineno}", node


def test_no_output_can_be_refused() -> None:
    """On Windows a thread of subprocess would end with the error, and the output be None."""
    found = list(texts())
    assert found
    assert [place for place, call in found if not any(each.arg == "errors" for each in call.keywords)] == []
