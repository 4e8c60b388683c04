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


OTHER_ENDS = """
import pytest

def use(fake):
    fake.load("asking.py")
    fake.rest("/ask")

def test_skipped(fake_orthanc):
    use(fake_orthanc)
    pytest.skip("enough")

@pytest.mark.xfail
def test_expected(fake_orthanc):
    use(fake_orthanc)
    raise ValueError
"""


def test_missing_answers_in_tests_that_end_otherwise(fake: Fake, pytester: pytest.Pytester) -> None:
    (pytester.path / "asking.py").write_text(SCRIPT)
    pytester.makepyfile(test_it=OTHER_ENDS)
    result = pytester.runpytest_inprocess("-p", "orthanc_python.pytest_plugin")
    result.assert_outcomes(skipped=1, xfailed=1)


AGAIN = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    for _ in range(2):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    return True
"""
FIRST_FAILS = """
ran = []

def test_it(fake_orthanc):
    fake_orthanc.load("asking.py")
    fake_orthanc.rest("/ask")
    ran.append(1)
    assert len(ran) == 2
"""


def test_missing_answers_in_a_test_that_runs_again(fake: Fake, pytester: pytest.Pytester) -> None:
    """As plugins do with flaky tests: the second run forgets that the first has failed."""
    (pytester.path / "asking.py").write_text(SCRIPT)
    pytester.makeconftest(AGAIN)
    pytester.makepyfile(test_it=FIRST_FAILS)
    result = pytester.runpytest_inprocess("-p", "orthanc_python.pytest_plugin")
    result.assert_outcomes(passed=1, errors=1)
