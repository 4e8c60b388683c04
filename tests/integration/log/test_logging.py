# SPDX-License-Identifier: GPL-3.0-or-later
"""Python's logging and warnings in Orthanc's log."""

from __future__ import annotations

import re
from pathlib import Path

from conftest import Servers
from helpers import eventually, level_of

SCRIPT = """
import logging
import warnings
import orthanc

def talk(output, uri, **request):
    logging.getLogger("my.plugin").info("an information")
    logging.warning("a %s", "warning")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("my.plugin").exception("a failure")
    warnings.warn("this is old", DeprecationWarning)
    output.AnswerBuffer("done", "text/plain")

orthanc.RegisterRestCallback("/talk", talk)
"""
SHOW_ALL = {"Python": {"LoggingLevel": "INFO"}}


def test_levels_and_names(orthanc: Servers) -> None:
    server = orthanc("import warnings\nwarnings.simplefilter('always')\n" + SCRIPT, verbose=True, configuration=SHOW_ALL)
    assert server.get("/talk").text == "done"
    log = server.log()
    assert level_of(log, "my.plugin: an information") == "I"
    assert level_of(log, "a warning") == "W"
    assert level_of(log, "my.plugin: a failure") == "E"
    assert "ZeroDivisionError: division by zero" in log
    assert level_of(log, r"py\.warnings: .*script\.py:\d+: DeprecationWarning: this is old") == "W"


def test_file_and_line(orthanc: Servers) -> None:
    """Orthanc takes them from its version 1.12.4 on."""
    server = orthanc(SCRIPT)
    newer = tuple(map(int, re.findall(r"\d+", server.get("/system").json()["Version"])[:3])) >= (1, 12, 4)
    server.get("/talk")
    line = next(number for number, text in enumerate(SCRIPT.splitlines(), 1) if "a %s" in text)
    assert (f"script.py:{line}]" in server.log()) == newer


def test_the_script_may_choose_the_level_and_the_format(orthanc: Servers) -> None:
    start = "import logging\nlogging.basicConfig(level=logging.ERROR, format='<%(message)s>')\n"
    server = orthanc(start + SCRIPT, verbose=True)
    server.get("/talk")
    assert level_of(server.log(), "<a failure") == "E"
    assert "a warning" not in server.log()


def test_a_file_of_the_script(orthanc: Servers, tmp_path: object) -> None:
    server = orthanc(f"import logging\nlogging.basicConfig(filename='{tmp_path}/own.log')\n" + SCRIPT, verbose=True)
    server.get("/talk")
    with open(f"{tmp_path}/own.log") as file:  # noqa: PTH123
        text = file.read()
    assert "WARNING:root:a warning" in text and "an information" not in text
    assert "a warning" not in server.log()


def test_opting_out(orthanc: Servers) -> None:
    server = orthanc(SCRIPT, configuration={"Python": {"Logging": False}})
    server.get("/talk")
    assert eventually(lambda: "\nWARNING:root:a warning\n" in server.log())  # on the standard error, into the same file
    assert level_of(server.log(), "a warning") == ""


def test_in_a_worker_process(orthanc: Servers) -> None:
    server = orthanc("""
        import logging
        import multiprocessing
        import orthanc

        def work(number):
            logging.warning("from worker %d", number)
            return number

        def answer(output, uri, **request):
            with multiprocessing.Pool(1) as pool:
                output.AnswerBuffer(str(pool.map(work, [7])), "text/plain")

        orthanc.RegisterRestCallback("/work", answer)
    """)
    assert server.get("/work").text == "[7]"
    server.wait_for_log("from worker 7")


def test_imported_by_a_worker_process_alone(orthanc: Servers) -> None:
    server = orthanc("""
        import os
        import orthanc

        def answer(output, uri, **request):
            child = os.fork()
            if child == 0:
                import logging
                logging.warning("from child")
                os._exit(0)
            output.AnswerBuffer(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])), "text/plain")

        orthanc.RegisterRestCallback("/fork", answer)
    """)
    assert server.get("/fork").text == "0"
    server.wait_for_log("from child")


def test_imported_late(orthanc: Servers) -> None:
    server = orthanc("""
        import sys
        import orthanc

        def answer(output, uri, **request):
            first = "logging" not in sys.modules
            import logging
            logging.getLogger("late").warning("a warning")
            logging.getLogger("late").debug("a trace")
            output.AnswerBuffer(str([first, logging.__spec__.loader.get_filename() == logging.__file__]), "text/plain")

        orthanc.RegisterRestCallback("/late", answer)
    """)
    assert server.get("/late").text == "[True, True]"
    assert level_of(server.log(), "late: a warning") == "W"
    assert "a trace" not in server.log()


THREADS = """
import orthanc

def on_change(change_type, level, resource_id):
    orthanc.LogWarning("heard a change")

async def answer(output, uri, **request):
    orthanc.LogWarning("heard a request")
    output.AnswerBuffer(str(orthanc.HasFunction("SetCurrentThreadName")), "text/plain")

orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback("/request", answer)
"""


def test_names_of_the_threads(orthanc: Servers) -> None:
    """The plugin's threads have a name in Orthanc's log, where Orthanc can show it."""
    server = orthanc(THREADS)
    named = server.get("/request").text == "True"
    server.wait_for_log(r"\bPYTHON-CHANGES .*heard a change" if named else "heard a change")
    server.wait_for_log(r"\bPYTHON-ASYNC .*heard a request" if named else "heard a request")


def test_a_script_that_redirects_the_standard_error(orthanc: Servers) -> None:
    """It gets what Python would write there."""
    server = orthanc("""
        import contextlib
        import io
        import logging
        import sys
        import warnings

        text = io.StringIO()
        with contextlib.redirect_stderr(text):
            logging.getLogger("other").info("redirected information")
            logging.getLogger("other").warning("redirected record")
            warnings.warn("redirected warning")
        first = text.getvalue().splitlines()
        print(len(first), first[0], "UserWarning: redirected warning" in first[1], flush=True)
        logging.getLogger("other").warning("a record")
        sys.stderr = text
        logging.basicConfig(format="<%(message)s>")
        sys.stderr = sys.__stderr__
        logging.getLogger("other").warning("another record")
        print(text.getvalue().splitlines()[-1], flush=True)
    """)
    assert server.output().splitlines() == ["3 redirected record True", "<another record>"]
    log = server.log()
    assert level_of(log, "other: a record") == "W"
    assert "redirected" not in log and "another record" not in log


def test_a_thread_that_logs_after_orthanc_has_gone(orthanc: Servers, tmp_path: Path) -> None:
    """It goes on: what it has to say is on the standard error."""
    server = orthanc(
        f"""
        import logging
        import pathlib
        import threading
        import time
        import orthanc

        def work():
            try:
                while True:
                    orthanc.LogInfo("")
                    time.sleep(0.01)
            except RuntimeError:  # Orthanc has stopped
                logging.warning("a late line")
                pathlib.Path({str(tmp_path / "work")!r}).write_text("finished")

        threading.Thread(target=work).start()
        """,
        configuration={"Python": {"StopTimeout": 0}},
    )
    orthanc.stop(server)
    assert (tmp_path / "work").read_text() == "finished"
    assert "a late line" in server.log()


def test_a_thread_that_logs_after_orthanc_has_gone_to_a_redirected_standard_error(orthanc: Servers, tmp_path: Path) -> None:
    """Logging does not write there what it has failed to log, as that would be logged again."""
    server = orthanc(
        f"""
        import logging
        import pathlib
        import sys
        import threading
        import time
        import orthanc

        class Stream:
            def write(self, text):
                if text.strip():
                    logging.getLogger("stderr").error(text)

            def flush(self):
                pass

        def work():
            try:
                while True:
                    orthanc.LogInfo("")
                    time.sleep(0.01)
            except RuntimeError:  # Orthanc has stopped
                logging.warning("a late line")
                pathlib.Path({str(tmp_path / "work")!r}).write_text("finished")

        logging.basicConfig()
        sys.stderr = Stream()
        print("an early line", file=sys.stderr)
        threading.Thread(target=work).start()
        """,
        configuration={"Python": {"StopTimeout": 0}},
    )
    orthanc.stop(server)
    assert (tmp_path / "work").read_text() == "finished"
    assert level_of(server.log(), "stderr: an early line") == "E"
    assert server.log().count("the log record 'a late line'") == 1
