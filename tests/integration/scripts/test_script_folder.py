# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a script may hold any file name: the plugin's own code uses the standard library's modules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import Servers
from helpers import eventually, level_of
from test_several_scripts import paths, write

# Modules that the plugin imports when it needs them, and their own imports.
HIDING = [
    *("contextlib", "dataclasses", "difflib", "enum", "functools", "gc", "inspect", "io", "json", "linecache", "logging"),
    *("multiprocessing", "os", "queue", "re", "resource", "settings", "string", "sysconfig", "textwrap", "threading", "time"),
    *("traceback", "types", "typing", "warnings", "weakref"),
]
OWN = "OWN = True\n"
# As in the established plugin, where these are not loaded before the script.
IMPORTED_BY_SCRIPT = ("json", "logging", "settings", "traceback", "inspect", "sysconfig")

SCRIPT = """
import atexit
import sys
import warnings as own_warnings
import orthanc

found = {}
for name in NAMES:
    found[name] = hasattr(__import__(name), "OWN")

def own(output, uri, **request):
    output.AnswerBuffer(repr(found), "text/plain")

def fail(output, uri, **request):
    raise LookupError("nothing")

async def slow(output, uri, **request):
    output.AnswerBuffer("slow", "text/plain")

def steps():
    yield 0.5

def job(output, uri, **request):
    output.AnswerBuffer(orthanc.CreateJob(steps, "steps").SubmitJob(), "text/plain")

orthanc.RegisterRestCallback("/own", own)
orthanc.RegisterRestCallback("/fail", fail)
orthanc.RegisterRestCallback("/slow", slow)
orthanc.RegisterRestCallback("/job", job)
atexit.register(orthanc.LogWarning, "the script has ended")
"""


def test_files_that_hide_modules(orthanc: Servers) -> None:
    server = orthanc(
        SCRIPT.replace("NAMES", repr(IMPORTED_BY_SCRIPT)),
        files={f"{name}.py": OWN for name in HIDING},
        configuration={"Python": {"Loging": True}},  # the nearest setting is looked for
    )
    assert server.get("/own").text == repr(dict.fromkeys(IMPORTED_BY_SCRIPT, True))
    assert server.get("/fail").status == 500
    assert re.search(r"^E.*LookupError: nothing\n(.*\n)*?.*script\.py\", line \d+, in fail", server.log(), re.MULTILINE)
    assert 'raise LookupError("nothing")' in server.log()  # the traceback module's own work
    assert server.get("/slow").text == "slow"
    identifier = server.get("/job").text
    assert eventually(lambda: server.get(f"/jobs/{identifier}").json()["State"] == "Success")
    assert 'write "Logging" instead' in server.log()
    beginning = len(server.log())
    server.reset()
    assert server.get("/own").text == repr(dict.fromkeys(IMPORTED_BY_SCRIPT, True))
    orthanc.stop(server)
    assert "the script has ended" in server.log()
    assert "Traceback" not in server.log()[beginning:]


def test_modules_that_the_script_finds_later(orthanc: Servers) -> None:
    """Neither are the modules of a folder that the script puts on sys.path the plugin's."""
    server = orthanc(
        """
        import os
        import sys
        import orthanc

        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
        os.mkdir(sys.path[0])
        for name in ("traceback", "linecache", "inspect"):
            with open(os.path.join(sys.path[0], name + ".py"), "w") as file:
                file.write("OWN = True")
        import linecache

        def fail(output, uri, **request):
            raise LookupError("nothing")

        orthanc.RegisterRestCallback("/fail", fail)
        """
    )
    assert server.get("/fail").status == 500
    assert 'raise LookupError("nothing")' in server.log()


def test_a_logging_of_the_script_is_not_hooked(orthanc: Servers) -> None:
    server = orthanc(
        """
        import logging
        import warnings
        import orthanc

        assert logging.names() == ["names"], logging.names()
        warnings.warn("to the log")
        """,
        files={"logging.py": "def names():\n    return [name for name in globals() if not name.startswith('_')]\n"},
    )
    assert level_of(server.log(), "UserWarning: to the log") == "W"


@pytest.mark.parametrize("name", ["types", "threading", "queue", "json", "traceback", "logging"])
def test_scripts_with_names_of_the_standard_library(orthanc: Servers, name: str) -> None:
    server = orthanc(
        f"""
        import json
        import logging
        import queue
        import sys
        import threading
        import types
        import orthanc

        def answer(output, uri, **request):
            mine = sys.modules[__name__].answer is answer
            library = [hasattr({name}, "answer"), queue.Queue.__name__, threading.Thread.__name__]
            output.AnswerBuffer(json.dumps([__name__, mine, *library]), "application/json")

        orthanc.RegisterRestCallback("/name", answer)
        """.replace("import json\n", f"import json\n        import {name}\n", 1),
        name=f"{name}.py",
    )
    assert server.get("/name").json() == [f"{name}_script", True, False, "Queue", "Thread"]


def test_working_folder_changed_by_a_former_script(orthanc: Servers, tmp_path: Path) -> None:
    second = "import orthanc\northanc.LogWarning('second runs')\n"
    folder = write(tmp_path / "one", first="import os\nos.chdir('/')\n", second=second)
    server = orthanc(configuration=paths("one/first.py", "one/second.py"), working_folder=folder.parent)
    assert "second runs" in server.log()


def test_loop_of_links_beside_a_script(orthanc: Servers, tmp_path: Path) -> None:
    folder = write(tmp_path / "one", first="import orthanc\northanc.LogWarning('first runs')\n")
    (folder / "loop").symlink_to("loop")
    assert "first runs" in orthanc(configuration=paths(folder / "first.py")).log()


def test_one_module_in_two_folders(orthanc: Servers, tmp_path: Path) -> None:
    one = write(tmp_path / "one", first="import settings\n", settings="")
    two = write(tmp_path / "two", second="import settings\n", settings="", another="")
    log = orthanc(configuration=paths(one / "first.py", two / "second.py")).log()
    assert re.search(rf"^W.*'settings'.*{one}/settings.*{two}/settings", log, re.MULTILINE)
    assert log.count("the folders of two scripts have a module") == 1


def test_settings_that_others_override(orthanc: Servers, tmp_path: Path) -> None:
    one = write(tmp_path / "one", first="", second="")
    configuration = {**paths(one / "second.py"), "PythonScript": str(one / "first.py"), "PythonVerbose": False}
    configuration["Python"]["Verbose"] = True  # type: ignore[index]
    log = orthanc(configuration=configuration).log()
    assert re.search(rf'^W.*"PythonScript" \({one}/first\.py\) wins over "Path".*\({one}/second\.py\)', log, re.MULTILINE)
    assert re.search(r'^W.*"PythonVerbose" \(false\) wins over "Verbose".*\(true\)', log, re.MULTILINE)


def test_arguments_and_names(orthanc: Servers) -> None:
    """As `python script.py` has them, but for the name: the script is imported."""
    server = orthanc(
        """
        import json
        import os
        import sys
        import orthanc

        def answer(output, uri, **request):
            found = [sys.argv == [__file__], __name__, os.path.basename(__file__), os.access(sys.executable, os.X_OK),
                     "python" in os.path.basename(sys.executable)]
            output.AnswerBuffer(json.dumps(found), "application/json")

        orthanc.RegisterRestCallback("/names", answer)
        """
    )
    assert json.loads(server.get("/names").text) == [True, "script", "script.py", True, True]
