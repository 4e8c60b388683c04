# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixture fake_orthanc, in test runs of their own."""

from __future__ import annotations

import pytest
from test_fake_orthanc import fake

from orthanc_python.testing import Fake

__all__ = ["fake"]  # a fixture, with the stand-in module
pytest_plugins = ["pytester"]

SCRIPT = """
import orthanc

def ask():
    try:
        return orthanc.RestApiGet("/studies")
    except Exception:
        return b"[]"

orthanc.RegisterRestCallback("/ask", lambda output, uri, **request: output.AnswerBuffer(ask(), "text/plain"))
"""
TEST = """
def test_it(fake_orthanc):
    fake_orthanc.load("asking.py")
    assert fake_orthanc.rest("/ask").body == b"{}"
"""


@pytest.mark.parametrize(
    ("expected", "outcomes"), [("[]", {"passed": 1, "errors": 1}), ("other", {"failed": 1})], ids=["passes", "fails"]
)
def test_missing_answers_that_the_script_catches(
    fake: Fake, pytester: pytest.Pytester, expected: str, outcomes: dict[str, int]
) -> None:
    """The test has an error at its end, unless it has failed already."""
    (pytester.path / "asking.py").write_text(SCRIPT)
    pytester.makepyfile(test_it=TEST.format(expected))
    result = pytester.runpytest_inprocess("-p", "orthanc_python.pytest_plugin")
    result.assert_outcomes(**outcomes)
    if "errors" in outcomes:
        result.stdout.fnmatch_lines(['*the test has no answer for it: answer("RestApiGet", ...)*'])
