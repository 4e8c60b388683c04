# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text reaches the log, and the summary of an error is its class and the first line of its text."""

from __future__ import annotations

import re

import pytest
from conftest import Servers
from helpers import eventually, level_of
from remote import SCRIPT, Remote

TALK = r"""
import logging
import os
import warnings
import orthanc

def talk(output, uri, **request):
    text = os.fsdecode(b"a\xff")
    logging.warning("logged %s", text)
    logging.getLogger(text).warning("by name")
    logging.warning("nul \0 after it")
    warnings.warn("warned " + text)
    warnings.warn("warned nul \0 after it")
    print("printed " + text)
    output.AnswerBuffer("done", "text/plain")

class Odd(Exception):
    pass

def fail(output, uri, **request):
    raise Odd("odd " + os.fsdecode(b"a\xff") + " nul \0 after it\nmore")

def status(output, uri, **request):
    output.SendHttpStatus(400)

def broken(output, uri, **request):
    compile("a = = 1", "typed.py", "exec")

def noted(output, uri, **request):
    error = ValueError("the value")
    error.__notes__ = ["a note"]
    raise error

for name in ("talk", "fail", "status", "broken", "noted"):
    orthanc.RegisterRestCallback("/" + name, globals()[name])
"""


@pytest.mark.parametrize("environment", [{}, {"PYTHONUTF8": "1"}, {"PYTHONIOENCODING": "ascii:strict"}])
def test_texts_that_are_no_utf8(orthanc: Servers, environment: dict[str, str]) -> None:
    server = orthanc(TALK, environment=environment)
    assert server.get("/talk").text == "done"
    log = server.log()
    for text in (r"logged a\udcff", r"a\udcff: by name", r"nul \0 after it", r"warned a\udcff", r"warned nul \0 after it"):
        assert level_of(log, re.escape(text)) == "W", text
    assert eventually(lambda: "printed a" in server.output())


def test_details(orthanc: Servers) -> None:
    server = orthanc(TALK, configuration={"HttpDescribeErrors": True, "Python": {"ErrorDetails": True}})
    answer = server.get("/fail")
    assert answer.status == 500
    assert r"script.Odd: odd a\udcff nul \0 after it" in answer.json()["Details"]
    assert "more" not in answer.json()["Details"]


@pytest.mark.parametrize(
    ("route", "summary"),
    [
        ("/fail", r"script\.Odd: odd a\\udcff nul \\0 after it$"),
        ("/status", r"TypeError: "),
        ("/broken", r"SyntaxError: invalid syntax"),
        ("/noted", r"ValueError: the value$"),
    ],
)
def test_summary(orthanc: Servers, route: str, summary: str) -> None:
    server = orthanc(TALK)
    assert server.get(route).status == 500
    assert re.search(
        rf"^E.*the REST callback of {route} failed \(.*\), error [0-9a-f]{{8}}: {summary}", server.log(), re.MULTILINE
    ), server.log()


def test_root_logger(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, verbose=True)
    code = """
        import io
        import logging
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        logging.getLogger().addHandler(handler)
        logging.getLogger("library").info("chatter")
        logging.getLogger("library").warning("news")
        logging.getLogger().removeHandler(handler)
        result = [logging.getLogger().level, stream.getvalue()]
    """
    assert Remote(server)(code) == [30, "news\n"]
    server = orthanc(SCRIPT, verbose=True, configuration={"Python": {"LoggingLevel": "INFO"}})
    assert Remote(server)(code) == [20, "chatter\nnews\n"]


@pytest.mark.parametrize("name", ["LogError", "LogWarning", "LogInfo"])
def test_functions_that_the_script_has_replaced(orthanc: Servers, name: str) -> None:
    """The plugin writes to Orthanc's log without them: a logger as LogError would call itself without end."""
    server = orthanc(
        f"""
        import logging
        import orthanc

        orthanc.{name} = logging.getLogger("mine").error
        orthanc.{name}("while importing")

        def report(output, uri, **request):
            orthanc.{name}("from a callback")
            output.AnswerBuffer("done", "text/plain")

        def fail(output, uri, **request):
            raise ValueError("odd")

        orthanc.RegisterRestCallback("/report", report)
        orthanc.RegisterRestCallback("/fail", fail)
        """
    )
    assert server.get("/report", timeout=20).text == "done"
    assert server.get("/fail", timeout=20).status == 500
    log = server.log()
    assert "mine: while importing" in log and "mine: from a callback" in log and "ValueError: odd" in log
    assert "RecursionError" not in log
