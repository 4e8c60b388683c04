# SPDX-License-Identifier: GPL-3.0-or-later
"""A plugin has run well if it ran a script with the very CPython that its name has."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from orthanc_release.libraries.checks import Checked, Promise
from orthanc_release.pythons import foreign_pythons
from orthanc_release.targets import read_targets
from orthanc_release.trial.host_program import program_name
from orthanc_release.trial.trial import Trials

# Stands for the program of tests/host, whose plugin is of another CPython.
HOST = """#!{python}
import json, sys, sysconfig, types
sysconfig.get_python_version = lambda: "3.14"
sys.version_info = (3, 14, 0)
sysconfig.get_config_var = {{"Py_GIL_DISABLED": {threaded}}}.get

class Output:
    def AnswerBuffer(self, text, _):
        print("200", text)

callbacks = []
sys.modules["orthanc"] = types.SimpleNamespace(RegisterRestCallback=lambda _, callback: callbacks.append(callback))
exec(open(json.load(open(sys.argv[2]))["Python"]["Path"]).read())
callbacks[0](Output(), "/version")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands for the program")
@pytest.mark.parametrize("served", ["3.14", "3.14t"])
@pytest.mark.parametrize("python", ["3.14", "3.14t"])
def test_a_trial_tells_free_threaded_ones_apart(
    python: str, served: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign_pythons, "shared_interpreter", lambda _: sys.executable)
    target = next(target for target in read_targets().values() if target.is_here)
    host = tmp_path / target.name / program_name(target)
    host.parent.mkdir()
    host.write_text(HOST.format(python=sys.executable, threaded=int(served.endswith("t"))))
    host.chmod(0o755)
    plugin = Checked(tmp_path / "plugin", Promise(target, python, linked=False), [], None, [])
    with Trials(tmp_path) as trials:
        ran, text = trials.run(plugin, tmp_path / "loader")
    assert ran == (python == served), text
