# SPDX-License-Identifier: GPL-3.0-or-later
"""atexit in scripts: its functions run when the plugin stops."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

from conftest import Servers
from helpers import eventually

from orthanc_python.server.processes import takes_sigterm


def test_order_errors_and_unregister(orthanc: Servers) -> None:
    server = orthanc(
        """
        import atexit
        import orthanc

        def tell(text):
            orthanc.LogWarning("exit: " + text)

        def fail():
            raise LookupError("nothing\\nmore")

        def forgotten():
            tell("forgotten")

        atexit.register(tell, "first")
        atexit.register(forgotten)
        atexit.register(fail)
        atexit.register(atexit.register, tell, text="registered by an exit function")  # as in CPython, it does not run
        @atexit.register
        def last():
            tell("last")
        atexit.register(forgotten)
        atexit.unregister(forgotten)
        """
    )
    orthanc.stop(server)
    found = re.findall(r"exit: (.*)|(an exit function failed.*)", server.log())
    assert [first or second.rpartition(": ")[2] for first, second in found] == [
        "last",
        "nothing",
        "first",
    ]


def test_functions_that_register_or_unregister_functions_while_they_run(orthanc: Servers) -> None:
    """As in CPython, registered ones do not run, not even at the next stop, and unregistered ones neither."""
    server = orthanc("""
        import atexit
        import threading
        import orthanc

        def tell(text):
            orthanc.LogWarning("exit: " + text)

        def bye():
            tell("bye")
            if atexit._ncallbacks() < 1000:
                atexit.register(bye)

        def unwanted():
            tell("unwanted")

        def before_threads_are_joined():
            tell("threads")
            threading._register_atexit(before_threads_are_joined)

        atexit.register(bye)
        atexit.register(unwanted)
        atexit.register(atexit.unregister, unwanted)
        threading._register_atexit(before_threads_are_joined)
    """)
    server.reset()
    orthanc.stop(server)
    assert re.findall(r"exit: (.*)", server.log()) == ["threads", "bye"] * 2


def test_the_rest_of_the_family(orthanc: Servers) -> None:
    server = orthanc(
        """
        import atexit
        import orthanc

        counts = [atexit._ncallbacks()]
        called = []
        for text in "ab":
            atexit.register(called.append, text)
        counts.append(atexit._ncallbacks())
        atexit._run_exitfuncs()
        counts.append(atexit._ncallbacks() <= counts[0])
        atexit.register(called.append, "cleared")
        atexit._clear()
        try:
            atexit.register(5)
        except TypeError as error:
            called.append(str(error))
        orthanc.LogWarning(f"family: {counts[1] - counts[0]} {counts[2]} {called}")
        """
    )
    assert "family: 2 True ['b', 'a', 'the first argument must be callable']" in server.log()


# A library outside the script's folder: it stays imported when the plugin starts again.
LIBRARY = """
import atexit
import orthanc

def close(what):
    print(what, len(orthanc.RestApiGet("/statistics")) > 0, flush=True)

def set_up():
    atexit.register(close, "set up by the script")

atexit.register(close, "imported")
"""

SCRIPT_WITH_LIBRARY = """
import atexit
import concurrent.futures
import logging
import sys
import threading
import weakref

sys.path.append(FOLDER)
atexit.register(print, "the first of all", flush=True)
import company_library

class Resource:
    pass

resource = Resource()
pool = concurrent.futures.ThreadPoolExecutor(1)
pool.submit(int).result()

def ended():
    logging.warning("logging and executors work: %d", pool.submit(int, "7").result())

company_library.set_up()
exec("import atexit; atexit.register(print, 'executed', flush=True)", {})
atexit.register(ended)
weakref.finalize(resource, company_library.close, "finalized")
thread = threading.Thread(target=atexit.register, args=(print, "of a thread"))
thread.start()
thread.join()
threading._register_atexit(print, "before threads are joined", flush=True)
"""


def test_all_that_is_registered_runs_while_orthanc_serves_calls(orthanc: Servers, tmp_path: Path) -> None:
    (tmp_path / "company_library.py").write_text(LIBRARY)
    server = orthanc(SCRIPT_WITH_LIBRARY.replace("FOLDER", repr(str(tmp_path))))
    server.reset()
    orthanc.stop(server)
    expected = [
        "before threads are joined",
        "of a thread",
        "finalized True",
        "executed",
        "set up by the script True",
        "imported True",
        "the first of all",
    ]
    again = [*expected[:5], "the first of all", "imported True"]  # the library has registered it before the second start
    assert server.output().splitlines() == expected + again
    assert server.log().count("logging and executors work: 7") == 2
    assert "an exit function failed" not in server.log()


def test_what_comes_after_the_stop_runs_at_the_end_of_the_process(orthanc: Servers) -> None:
    server = orthanc("""
        import atexit
        import threading
        import orthanc

        def late():
            atexit.register(print, "late", flush=True)

        def stopped(change, level, resource):
            if change == orthanc.ChangeType.ORTHANC_STOPPED:
                threading.Timer(0.2, late).start()

        orthanc.RegisterOnChangeCallback(stopped)
    """)
    orthanc.stop(server)
    assert server.output().splitlines() == ["late"]


def test_queued_work_of_an_executor(orthanc: Servers) -> None:
    """With its shutdown registered, as the page on concurrency says, all of it is done while Orthanc serves calls."""
    server = orthanc(
        """
        import atexit
        import json
        import time
        from concurrent.futures import ThreadPoolExecutor
        import orthanc

        executor = ThreadPoolExecutor(1)
        atexit.register(executor.shutdown)

        def work(number):
            time.sleep(0.05)
            orthanc.LogWarning(f"done {number}: {json.loads(orthanc.RestApiGet('/system'))['Version']}")

        def begin(output, uri, **request):
            for number in range(20):
                executor.submit(work, number)
            output.AnswerBuffer("begun", "text/plain")

        orthanc.RegisterRestCallback("/begin", begin)
        """
    )
    assert server.get("/begin").text == "begun"  # before Orthanc has started, it may refuse RestApiGet
    orthanc.stop(server)
    assert re.findall(r"done (\d+): ", server.log()) == [str(number) for number in range(20)]


def test_exit_function_that_takes_long(orthanc: Servers, tmp_path: Path) -> None:
    """The stop waits for it, and says so."""
    end = tmp_path / "end"
    server = orthanc(
        f"""
        import atexit
        import pathlib
        import time
        import orthanc

        def leave():
            while not pathlib.Path({str(end)!r}).exists():
                time.sleep(0.01)
            orthanc.LogWarning("left")

        atexit.register(leave)
        """,
        configuration={"Python": {"StopTimeout": 1}},
    )
    assert eventually(lambda: takes_sigterm(server.pid))
    os.kill(server.pid, signal.SIGTERM)
    server.wait_for_log(r"the stop still waits for an exit function \(leave, .*script\.py:7\)")
    end.touch()
    assert server.wait() == 0
    server.wait_for_log("left", timeout=0)


def test_no_listener_of_changes_after_the_stop(orthanc: Servers) -> None:
    server = orthanc("""
        import atexit
        import orthanc

        def leave():
            try:
                orthanc.RegisterOnChangeCallback(print)
            except RuntimeError as error:
                orthanc.LogWarning(f"refused: {error}")

        atexit.register(leave)
    """)
    orthanc.stop(server)
    server.wait_for_log("refused: RegisterOnChangeCallback cannot be called any more: Orthanc has stopped", timeout=0)
