# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in for the module orthanc: which errors of tasks and threads reach the test at its end."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from test_fake_lifetimes import load
from test_fake_orthanc import fake

from orthanc_python.testing import Fake, fake_orthanc

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
