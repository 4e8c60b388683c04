# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the module orthanc: nothing of a test is left for the next one, whatever its script leaves behind."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from test_fake_orthanc import fake as made

from orthanc_python.testing import Unanswered, fake_orthanc

__all__ = ["made"]  # a fixture, by which the stand-in is there
pytestmark = pytest.mark.usefixtures("made")
EXIT = """
    import asyncio
    import orthanc
    kept = []
    async def waits():
        try:
            await asyncio.sleep(60)
        finally:
            raise SystemExit(3)
    async def route(output, uri, **request):
        kept.append(asyncio.create_task(waits()))
        await asyncio.sleep(0)
    orthanc.RegisterRestCallback("/route", route)
"""
POLL = """
    import threading
    import orthanc
    stop = threading.Event()
    asked = threading.Event()
    def poll():
        while not stop.wait(0.01):
            try:
                orthanc.RestApiGet("/changes")
            except Exception:
                pass
            finally:
                asked.set()
    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
"""
NESTED = """
    import orthanc
    async def outer(output, uri, **request):
        output.AnswerBuffer(orthanc.RestApiPost("/inner", b""), "text/plain")
    def inner(output, uri, **request):
        output.AnswerBuffer(b"inner", "text/plain")
    orthanc.RegisterRestCallback("/outer", outer)
    orthanc.RegisterRestCallback("/inner", inner)
"""


def write(folder: Path, text: str, name: str = "ending_script.py") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(textwrap.dedent(text))
    return folder / name


def test_task_that_ends_the_loop(tmp_path: Path) -> None:
    script = write(tmp_path, EXIT)
    with pytest.raises(SystemExit), fake_orthanc() as fake:
        fake.load(script)
        fake.rest("/route")
    assert "ending_script" not in sys.modules and str(tmp_path) not in sys.path
    with pytest.raises(LookupError, match="the test's own"), fake_orthanc() as fake:
        fake.load(script)
        fake.rest("/route")
        raise LookupError("the test's own")
    assert "ending_script" not in sys.modules and str(tmp_path) not in sys.path


def test_thread_of_an_earlier_test(tmp_path: Path) -> None:
    """An answer that it does not get is missing in that test, and not in the next one."""
    with fake_orthanc() as fake:
        fake.answer("RestApiGet", b"{}")
        script = fake.load(write(tmp_path, POLL))
    try:
        with fake_orthanc() as fake:
            fake.load(write(tmp_path, POLL.replace("thread.start()", "")))  # the thread's file is that of a script here, too
            for _ in range(2):  # a call may have begun before
                script.asked.clear()
                assert script.asked.wait(60)
    finally:
        script.stop.set()
        script.thread.join()


def test_event_within_an_async_callback(tmp_path: Path) -> None:
    """As Orthanc's reaction to a request of the script."""
    with fake_orthanc() as fake:
        fake.load(write(tmp_path, NESTED))
        fake.answer("RestApiPost", lambda uri, body: fake.rest(uri).body)
        assert fake.rest("/outer").body == b"inner"


def test_folder_whose_name_is_like_that_of_installed_packages(tmp_path: Path) -> None:
    folder = tmp_path / "my-packages"
    write(folder, "import orthanc\northanc.RegisterRestCallback('/x', print)\n", "ending_helper.py")
    script = write(folder, "import ending_helper\n")
    for _ in range(2):
        with fake_orthanc() as fake:
            fake.load(script)
            assert len(list(fake.registered("RegisterRestCallback"))) == 1


def test_missing_answer_of_a_thread_of_this_test(tmp_path: Path) -> None:
    with pytest.raises(Unanswered), fake_orthanc() as fake:
        script = fake.load(write(tmp_path, POLL))
        assert script.asked.wait(60)
        script.stop.set()
        script.thread.join()
