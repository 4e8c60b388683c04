# SPDX-License-Identifier: GPL-3.0-or-later
"""A text is written alike into Orthanc's log (by the plugin) and onto the standard error of a worker process (by Python)."""

from __future__ import annotations

import json
import re

import pytest
from conftest import Servers

from orthanc_python import OrthancServer

SCRIPT = """
import json
import logging
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import orthanc


def write(texts):
    for number, text in enumerate([*texts, "the end"]):
        try:
            orthanc.LogError(f"<{number}>{text}")
        except ValueError:  # of a NUL or a lone surrogate, in Orthanc's process: logging escapes them
            logging.error(f"<{number}>{text}")


def log(output, uri, **request):
    texts = json.loads(request["body"])
    write(texts)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        pool.submit(write, texts).result()
    orthanc.LogWarning("all is written")
    output.AnswerBuffer(b"", "text/plain")


orthanc.RegisterRestCallback("/log", log)
"""
CASES = {
    "a\nb": "a\n    b",
    "a\r\nb\n\nc\rd": "a\n    b\n\n    c\\rd",
    "a\r\n\r\nb": "a\n\n    b",
    "a\r\r\nb\n\r\r\nc": "a\\r\n    b\n    \\r\n    c",
    "a\n\rb": "a\n    \\rb",
    "a\r": "a\\r",
    "a\n": "a\n",
    "a\r\n": "a\n",
    "\na\n\n": "\n    a\n\n",
    "\n\n\na": "\n\n\n    a",
    "a\tb\v\f\x1b[2J\x1c\x7f": "a\tb\\x0b\\x0c\\x1b[2J\\x1c\\x7f",
    "\x80\x85\x9f\xa0\u2027\u2028\u2029\u202a": "\\x80\\x85\\x9f\xa0\u2027\\u2028\\u2029\u202a",
    "\n \n\t\n\u2028\n\x85": "\n     \n    \t\n    \\u2028\n    \\x85",
    "größe 漢字 \U0001f600": "größe 漢字 \U0001f600",
    "a\0b\ud800": "a\\0b\\ud800",
}
RECORD = re.compile(
    r"^(E\d{4} .*?|Python worker \d+: )<(\d+)>(.*?)\n(?=[EW]\d{4} |Python worker \d+: )", re.MULTILINE | re.DOTALL
)


@pytest.fixture(scope="module")
def written(module_orthanc: Servers) -> tuple[dict[int, str], dict[int, str]]:
    """The texts as they stand in Orthanc's log, and as a worker has written them."""
    server: OrthancServer = module_orthanc(SCRIPT)
    assert server.post("/log", json.dumps(list(CASES)), timeout=60.0).status == 200
    server.wait_for_log("all is written")
    log = (server.folder / "orthanc.log").read_bytes().decode()
    of_plugin, of_worker = dict[int, str](), dict[int, str]()
    for head, number, text in RECORD.findall(log):
        (of_worker if head.startswith("Python worker") else of_plugin)[int(number)] = text
    return of_plugin, of_worker


@pytest.mark.parametrize(("number", "expected"), list(enumerate(CASES.values())), ids=[ascii(text) for text in CASES])
def test_one_rule(written: tuple[dict[int, str], dict[int, str]], number: int, expected: str) -> None:
    assert [texts[number] for texts in written] == [expected, expected]
