# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python that cannot read the stacks of running threads, as CPython 3.13t: any Python stands for it here."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from conftest import Servers
from test_slow_callbacks import SCRIPT, WATCH, request
from test_stacks import run, thread_of

from orthanc_python.cli import app
from orthanc_python.failure import Failure

UNREADABLE = "CPython 3.13t cannot read the stacks of running threads while the GIL is off."
WITHOUT_GIL = """
import sys

sys.version_info = (3, 13, 0, "final", 0)
sys._is_gil_enabled = lambda: False
threading.Thread(target=work, name="worker", daemon=True).start()
"""


def test_threads_without_stacks(orthanc: Servers) -> None:
    server = orthanc(SCRIPT + WITHOUT_GIL)
    with request(server, "/slow"):
        thread = thread_of(server, "slow")
        assert thread["Stack"] == [] and thread["Callbacks"][0]["Subject"] == "/slow"
        answer = server.get("/python/threads").json()
        assert answer["Responsive"] is True and answer["Text"] == UNREADABLE
        assert "worker" in {each["Name"] for each in answer["Threads"]}
        assert not any(each["Stack"] for each in answer["Threads"])
        text = run("threads", server.url)
    assert text.startswith(f"{UNREADABLE}\n\n") and "runs the rest callback slow for /slow" in text


def test_no_profile(orthanc: Servers) -> None:
    server = orthanc(SCRIPT + WITHOUT_GIL)
    answer = server.get("/python/profile?seconds=1")
    assert (answer.status, answer.json()) == (503, {"Text": UNREADABLE})
    done = CliRunner().invoke(app, ["profile", server.url, "--seconds", "1"])
    assert isinstance(done.exception, Failure) and str(done.exception).endswith(f"refuses /python/profile: {UNREADABLE}")


@pytest.mark.parametrize("callback", ["slow", "waits", "blocks"])
def test_warning_without_a_stack(orthanc: Servers, callback: str) -> None:
    server = orthanc(SCRIPT + WITHOUT_GIL, configuration=WATCH)
    with request(server, f"/{callback}"):
        server.wait_for_log(f"the rest callback {callback} .* has been running for")
        server.wait_for_log(f"Its stack is not known. {UNREADABLE}")
    assert 'script.py", line' not in server.log()
