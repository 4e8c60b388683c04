# SPDX-License-Identifier: GPL-3.0-or-later
"""Start: which script is run and how, and what is said when there is none or it fails."""

from __future__ import annotations

import re

import pytest
from conftest import Servers
from helpers import failure_of

ROUTE = """
import json
import os
import sys
import orthanc

def answer(output, uri, **request):
    output.AnswerBuffer(json.dumps({
        "name": __name__, "module": __name__ in sys.modules, "file": __file__, "path": sys.path[0],
        "folder": os.getcwd(), "prefix": sys.prefix, "base": sys.base_prefix, "executable": sys.executable,
    }), "application/json")

orthanc.RegisterRestCallback("/me", answer)
"""


def test_without_script(orthanc: Servers) -> None:
    server = orthanc()
    assert server.get("/system").status == 200
    assert server.get("/plugins/python").json()["ID"] == "python"
    assert re.search(r"^W.*[Pp]ython.*script|^W.*PythonScript", server.log(), re.MULTILINE)
    assert "python" in server.get("/plugins").json()


def test_missing_file(orthanc: Servers, tmp_path: object) -> None:
    log = failure_of(orthanc.prepare(configuration={"PythonScript": f"{tmp_path}/missing.py"}))
    assert re.search(r"^E.*missing\.py", log, re.MULTILINE)


def test_missing_file_in_python_section(orthanc: Servers, tmp_path: object) -> None:
    log = failure_of(orthanc.prepare(configuration={"Python": {"Path": f"{tmp_path}/missing.py"}}))
    assert re.search(r"^E.*missing\.py", log, re.MULTILINE)


@pytest.mark.parametrize("name", ["script.txt", "script", "script.py.bak"])
def test_not_a_python_file(orthanc: Servers, name: str) -> None:
    assert re.search(r"^E.*\.py", failure_of(orthanc.prepare("import orthanc", name=name)), re.MULTILINE)


def test_folder(orthanc: Servers, tmp_path: object) -> None:
    failure_of(orthanc.prepare(configuration={"PythonScript": str(tmp_path)}))


def test_syntax_error(orthanc: Servers) -> None:
    log = failure_of(orthanc.prepare("import orthanc\nif True\n    pass\n"))
    place, *source = log.partition("SyntaxError: ")[2].partition("SyntaxError: ")[0].splitlines()[1:4]
    assert re.fullmatch(r' +File ".*/script\.py", line 2', place)
    assert [line.strip() for line in source] == ["if True", "^"]
    assert "<orthanc-python " not in log and "Traceback" not in log


def test_exception(orthanc: Servers) -> None:
    files = {"helper.py": "def help_me():\n    return {}['the key']\n"}
    log = failure_of(orthanc.prepare("import orthanc\nimport helper\n\nhelper.help_me()\n", files=files))
    assert re.search(r"KeyError: 'the key'", log)
    assert re.search(r'script\.py", line 4', log) and re.search(r'helper\.py", line 2, in help_me', log)


@pytest.mark.parametrize("statement", ["raise SystemExit(0)", "import sys; sys.exit()", "raise KeyboardInterrupt"])
def test_exit_of_the_script(orthanc: Servers, statement: str) -> None:
    failure_of(orthanc.prepare(statement))


def test_error_of_an_sdk_call(orthanc: Servers) -> None:
    log = failure_of(orthanc.prepare("import orthanc\northanc.ReadFile('/nonexistent')\n"))
    assert "OrthancException" in log and re.search(r'script\.py", line 2', log)


def test_missing_module(orthanc: Servers) -> None:
    assert "No module named 'no_such_module'" in failure_of(orthanc.prepare("import no_such_module"))


def test_script_is_a_module(orthanc: Servers) -> None:
    server = orthanc(ROUTE, name="my_script.py", files={"neighbour.py": "value = 5"})
    me = server.get("/me").json()
    folder = me["file"].removesuffix("/my_script.py")
    assert me["name"] == "my_script" and me["module"]
    assert me["path"] == folder
    environment = str(orthanc.environment)
    assert me["prefix"] == environment and me["base"] != environment
    assert me["executable"].startswith(environment)


def test_relative_path_and_python_section(orthanc: Servers, tmp_path: object) -> None:
    first = orthanc.prepare(ROUTE, name="relative.py", working_folder=orthanc.folder / "scripts-0")
    first.script = "relative.py"
    first.start()
    me = first.get("/me").json()
    assert me["name"] == "relative" and me["path"] == me["folder"] == str(orthanc.folder / "scripts-0")
    second = orthanc(configuration={"Python": {"Path": str(orthanc.folder / "scripts-0" / "relative.py")}})
    assert second.get("/me").json()["name"] == "relative"
    both = {"Python": {"Path": str(orthanc.folder / "scripts-0" / "relative.py")}}
    third = orthanc(ROUTE, name="winner.py", configuration=both)
    assert third.get("/me").json()["name"] == "winner"


def test_name_beyond_the_basic_plane(orthanc: Servers) -> None:
    """Orthanc gives the configuration to plugins as JSON, in which such a character is two escapes."""
    assert orthanc(ROUTE, name="\N{MATHEMATICAL SCRIPT CAPITAL X}\U0010ffff.py").get("/me").status == 200


@pytest.mark.parametrize("setting", [{"PythonVerbose": True}, {"Python": {"Verbose": True}}])
def test_verbose(orthanc: Servers, setting: dict[str, object]) -> None:
    server = orthanc(ROUTE, configuration=setting)
    assert re.search(r"import '?\w+'?|# code object from", server.log() + server.output())
    assert server.get("/me").status == 200


def test_memory_usage_is_logged_every_second(orthanc: Servers) -> None:
    server = orthanc(ROUTE, configuration={"Python": {"DisplayMemoryUsage": True}})
    first = server.wait_for_log(r"\nW.*[Mm]emory.*\d")
    second = server.wait_for_log(r"\nW.*[Mm]emory.*\d", beginning=first.end())
    server.wait_for_log(r"\nW.*[Mm]emory.*\d", beginning=second.end())


def test_printing(orthanc: Servers) -> None:
    server = orthanc("""
        import sys
        import orthanc

        def answer(output, uri, **request):
            print("in a callback", end="")
            sys.stderr.write("to the error stream")
            output.AnswerBuffer(b"", "text/plain")

        print("at import \\u00e9")
        orthanc.RegisterRestCallback("/print", answer)
    """)
    assert "at import \u00e9\n" in server.output()
    server.get("/print")
    assert server.output().endswith("in a callback")
    assert "to the error stream" in server.log()
