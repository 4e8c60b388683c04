# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the module orthanc: which errors of tasks and threads reach the test at its end."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import TestCase

import pytest
from test_fake_lifetimes import MISSING, load
from test_fake_orthanc import fake

from orthanc_python.testing import Fake, Unanswered, fake_orthanc

__all__ = ["fake", "load"]  # fixtures

TASKS = """
    import asyncio
    import orthanc
    kept = []
    async def fail():
        raise KeyError("failed")
    async def fail_at_the_end():
        try:
            await asyncio.sleep(3600)
        finally:
            raise KeyError("failed")
    async def on_change(change_type, level, resource_id):
        kept.append(asyncio.create_task(globals()[resource_id]()))
    orthanc.RegisterOnChangeCallback(on_change)
"""


@pytest.mark.parametrize("function", ["fail", "fail_at_the_end"])
def test_failed_task_that_the_script_keeps(fake: Fake, load: Any, function: str) -> None:
    """Its error reaches the test, and not the next one."""
    script = None
    with pytest.raises(KeyError, match="failed"), fake_orthanc() as first:
        script = load(TASKS, first)
        first.change(first.module.ChangeType.NEW_STUDY, resource_id=function)
    assert script is not None
    with fake_orthanc():
        script.kept.clear()
        gc.collect()


def test_failed_task_whose_error_the_script_gets(fake: Fake, load: Any) -> None:
    script = load(f"""{TASKS}
    async def look(change_type, level, resource_id):
        kept.append(await asyncio.gather(*kept, return_exceptions=True))
    orthanc.RegisterOnChangeCallback(look)
    """)
    fake.change(fake.module.ChangeType.NEW_STUDY, resource_id="fail")
    assert isinstance(script.kept[1][0], KeyError)


def test_error_of_a_future_that_outlives_the_test(fake: Fake, load: Any) -> None:
    script = None
    with fake_orthanc() as first:
        script = load(
            """
            import asyncio
            import orthanc
            kept = []
            async def on_change(*arguments):
                kept.append(asyncio.get_running_loop().create_future())
                kept[0].set_exception(KeyError("failed"))
            orthanc.RegisterOnChangeCallback(on_change)
            """,
            first,
        )
        first.change(first.module.ChangeType.NEW_STUDY)
    with fake_orthanc():
        script.kept.clear()
        gc.collect()


ASKING = """
    import asyncio
    import threading
    from concurrent.futures import ThreadPoolExecutor
    import orthanc
    pool = ThreadPoolExecutor(1)
    def ask():
        return orthanc.RestApiGet("/studies")
    def swallow():
        try:
            ask()
        except Exception:
            pass
    def swallow_result():
        try:
            pool.submit(orthanc.RestApiGet, "/studies").result()
        except Exception:
            pass
    def die():
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    def forget_result():
        pool.submit(ask)
        pool.shutdown()
    async def ask_slowly():
        return await asyncio.to_thread(orthanc.RestApiGet, "/studies")
    async def on_change(change_type, level, resource_id):
        await ask_slowly()
    orthanc.RegisterOnChangeCallback(on_change)
"""


def by_pool(fake: Fake, script: Any) -> None:
    with ThreadPoolExecutor() as pool, pytest.raises(Unanswered, match=MISSING):
        pool.submit(script.ask).result()


def by_unittest(fake: Fake, script: Any) -> None:
    with ThreadPoolExecutor() as pool:
        TestCase().assertRaises(Unanswered, pool.submit(script.ask).result)


def by_asyncio(fake: Fake, script: Any) -> None:
    async def test() -> None:
        for asking in (asyncio.to_thread(fake.module.RestApiGet, "/studies"), script.ask_slowly()):
            with pytest.raises(Unanswered, match=MISSING):
                await asking

    asyncio.run(test())


def by_an_event(fake: Fake, script: Any) -> None:
    with pytest.raises(Unanswered, match=MISSING):
        fake.change(fake.module.ChangeType.NEW_STUDY)


def in_a_thread(fake: Fake, script: Any) -> None:
    def test() -> None:
        with pytest.raises(Unanswered, match=MISSING):
            script.ask()

    thread = threading.Thread(target=test)
    thread.start()
    thread.join()


@pytest.mark.parametrize("get", [by_pool, by_unittest, by_asyncio, by_an_event, in_a_thread])
def test_missing_answers_of_threads_that_the_test_gets(fake: Fake, load: Any, get: Any) -> None:
    get(fake, load(ASKING))
    assert fake.failures() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("function", ["swallow", "swallow_result", "die", "forget_result"])
def test_missing_answers_of_threads_that_the_script_loses(fake: Fake, load: Any, function: str) -> None:
    with pytest.raises(Unanswered, match=MISSING), fake_orthanc() as inner:
        script = load(ASKING, inner)
        with ThreadPoolExecutor() as pool:
            pool.submit(getattr(script, function)).result()


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a right there")
def test_missing_answer_that_a_module_behind_a_link_catches(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "linked_script.py").write_text("""
import orthanc
def ask():
    try:
        orthanc.RestApiGet("/studies")
    except Exception:
        pass
""")
    monkeypatch.syspath_prepend(tmp_path / "link")
    with pytest.raises(Unanswered, match=MISSING), fake_orthanc() as inner:
        inner.load_module("linked_script").ask()
