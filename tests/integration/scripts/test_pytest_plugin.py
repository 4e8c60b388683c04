# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures for authors of scripts, in test runs of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from helpers import CT

pytest_plugins = ["pytester"]

SCRIPT = """
import os
import orthanc

def answer(output, uri, **request):
    orthanc.LogWarning("the script answers")
    output.AnswerBuffer(str(os.getpid()), "text/plain")

orthanc.RegisterRestCallback("/process", answer)
"""


pytestmark = pytest.mark.release_build


@pytest.fixture
def project(pytester: pytest.Pytester, plugin: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("ORTHANC_PYTHON_PLUGIN", str(plugin))
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    (pytester.path / "my_plugin.py").write_text(SCRIPT)
    return pytester


def run(project: pytest.Pytester, test: str) -> pytest.RunResult:
    project.makepyfile(test_it=test)
    return project.runpytest_subprocess("-p", "orthanc_python.pytest_plugin", "--strict-markers")


def test_fixture_and_reuse(project: pytest.Pytester) -> None:
    result = run(
        project,
        f"""
        import pytest

        pytestmark = pytest.mark.orthanc(script="my_plugin.py")
        processes = set()

        def test_first(orthanc):
            processes.add(orthanc.session.get("/process").text)
            identifier, = orthanc.store({str(CT)!r})
            assert orthanc.session.get("/instances").json() == [identifier]
            assert "the script answers" in orthanc.log() and orthanc.url.startswith("http://127.0.0.1:")

        def test_second_has_the_same_orthanc_emptied(orthanc):
            processes.add(orthanc.session.get("/process").text)
            assert len(processes) == 1 and orthanc.session.get("/instances").json() == []

        @pytest.mark.orthanc(script="my_plugin.py", configuration={{"Name": "other"}})
        def test_another_configuration(orthanc):
            assert orthanc.session.get("/process").text not in processes
            assert orthanc.session.get("/system").json()["Name"] == "other"

        def test_factory(orthanc_factory):
            first, second = (orthanc_factory("my_plugin.py", {{"Name": name}}) for name in ("one", "two"))
            assert first.session.get("/process").text != second.session.get("/process").text

        def test_dataset(orthanc):
            import pydicom

            assert len(orthanc.store(pydicom.dcmread({str(CT)!r}), {str(CT.parent)!r} + "/MR_small.dcm")) == 2
        """,
    )
    result.assert_outcomes(passed=5)


def test_failure_shows_the_log(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        import pytest

        @pytest.mark.orthanc(script="my_plugin.py")
        def test_fails(orthanc):
            orthanc.session.get("/process")
            assert False
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Orthanc with my_plugin.py: log*", "*the script answers*"])


def test_script_that_does_not_start(project: pytest.Pytester) -> None:
    (project.path / "my_plugin.py").write_text("import orthanc\n1 / 0\n")
    result = run(
        project,
        """
        import pytest

        @pytest.mark.orthanc("my_plugin.py")
        def test_it(orthanc):
            pass

        def test_without_script(orthanc):
            pass
        """,
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*Orthanc did not start with *my_plugin.py*", "*ZeroDivisionError*", "*needs a script*"])
