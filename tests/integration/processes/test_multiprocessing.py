# SPDX-License-Identifier: GPL-3.0-or-later
"""Worker processes."""

from __future__ import annotations

import json
import signal

from conftest import Servers
from helpers import CT, eventually, processes_of_group
from remote import SCRIPT, Remote

WORK = """
import os
import time


def square(number):
    return number * number


def identify(_):
    time.sleep(0.05)
    return os.getpid()


def fail():
    raise LookupError("in the worker")


def parse(data):
    import io
    import pydicom

    return str(pydicom.dcmread(io.BytesIO(data)).PatientID)


def wait():
    time.sleep(600)


def talk():
    print("printed by a worker", flush=True)
"""


def test_pool_of_the_script(orthanc: Servers) -> None:
    """A pool that the script makes at import, and never closes."""
    server = orthanc(
        """
        import json
        import multiprocessing
        import orthanc
        from work import identify, parse, square, talk

        def answer(output, uri, **request):
            result = {
                "squares": pool.map(square, range(100)),
                "workers": sorted(set(pool.map(identify, range(20), chunksize=1))),
                "patient": pool.apply(parse, (orthanc.GetDicomForInstance(request["get"]["instance"]),)),
                "method": multiprocessing.get_start_method(),
            }
            pool.apply(talk)
            output.AnswerBuffer(json.dumps(result), "application/json")

        pool = multiprocessing.Pool(2)
        orthanc.RegisterRestCallback("/work", answer)
        """,
        files={"work.py": WORK},
    )
    pid = server.pid
    instance = server.upload(CT)["ID"]
    result = server.get(f"/work?instance={instance}").json()
    assert result["squares"] == [number * number for number in range(100)]
    assert len(result["workers"]) == 2 and pid not in result["workers"]
    assert result["patient"] == json.loads(server.get(f"/instances/{instance}/simplified-tags").body)["PatientID"]
    assert result["method"] == "fork"
    assert "printed by a worker" in server.output()
    assert set(processes_of_group(pid)) == {pid, *result["workers"]}
    orthanc.stop(server)
    assert processes_of_group(pid) == []


def test_in_callbacks(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, files={"work.py": WORK})
    remote = Remote(server)
    remote("""
        import multiprocessing
        import work
        with multiprocessing.Pool(2) as pool:
            assert pool.map(work.square, range(10)) == [number * number for number in range(10)]
            try:
                pool.apply(work.fail)
                raise AssertionError("the exception of the worker is lost")
            except LookupError as error:
                assert error.args == ("in the worker",)
        pool.join()
        assert multiprocessing.active_children() == []
    """)
    remote("""
        from concurrent.futures import ProcessPoolExecutor
        import work
        with ProcessPoolExecutor(2) as executor:
            assert list(executor.map(work.square, range(10))) == [number * number for number in range(10)]
    """)
    remote("""
        import subprocess
        assert subprocess.run(["echo", "hello"], capture_output=True).stdout == b"hello\\n"
    """)
    assert eventually(lambda: processes_of_group(server.pid) == [server.pid])
    assert server.get("/system").status == 200


def test_terminate(orthanc: Servers) -> None:
    """Workers inherit Orthanc's own handler of SIGTERM, and that only takes note of the signal."""
    server = orthanc(SCRIPT, files={"work.py": WORK})
    Remote(server)("""
        import multiprocessing
        import signal
        import work
        process = multiprocessing.Process(target=work.wait, daemon=True)
        process.start()
        process.terminate()
        process.join(10)
        assert process.exitcode == -signal.SIGTERM, process.exitcode
        pool = multiprocessing.Pool(2)
        pool.apply_async(work.wait)
        pool.terminate()
        pool.join()
    """)
    assert eventually(lambda: processes_of_group(server.pid) == [server.pid])
    assert server.get("/system").status == 200


def test_signal_right_after_the_fork(orthanc: Servers) -> None:
    """A worker may be ended before it has done anything at all."""
    codes = Remote(orthanc(SCRIPT))("""
        import os, signal, time
        result = []
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                time.sleep(60)
                os._exit(7)
            os.kill(pid, signal.SIGTERM)
            result.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """)
    assert codes == [-signal.SIGTERM] * 20


def test_process_that_never_ends(orthanc: Servers) -> None:
    """Not a daemon: the stop waits for it, as on the command line, but not for ever."""
    server = orthanc(
        """
        import multiprocessing
        import orthanc
        import work

        multiprocessing.Process(target=work.wait).start()
        """,
        files={"work.py": WORK},
    )
    pid = server.pid
    assert eventually(lambda: len(processes_of_group(pid)) == 2)
    orthanc.stop(server)
    assert processes_of_group(pid) == []
    assert "has not ended, it is terminated" in server.log() + server.output()


def test_worker_that_never_ends(orthanc: Servers) -> None:
    server = orthanc(
        """
        import multiprocessing
        import orthanc
        import work

        pool = multiprocessing.Pool(1)
        pool.apply_async(work.wait)
        """,
        files={"work.py": WORK},
    )
    pid = server.pid
    assert eventually(lambda: len(processes_of_group(pid)) == 2)
    orthanc.stop(server)
    assert processes_of_group(pid) == []
