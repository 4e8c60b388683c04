# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's promises to a script on every system."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import lief
import pytest
from conftest import FOLDER, Bundle, built, registered

from orthanc_release.pythons import foreign_pythons


def test_something_can_be_run() -> None:
    assert built(), f"there is nothing in {FOLDER} that this machine can run; build it by ci/build --tested"


def test_answers_requests_and_hears_of_changes(bundle: Bundle) -> None:
    script = """
import json, sysconfig, orthanc

def answer(output, uri, **request):
    version = sysconfig.get_python_version() + "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    told = [uri, request["method"], request["groups"], request["get"], version]
    output.AnswerBuffer(json.dumps(told), "application/json")

def reverse(output, uri, **request):
    output.AnswerBuffer(request["body"][::-1], "text/plain")

orthanc.RegisterRestCallback("/things/([a-z]+)", answer)
orthanc.RegisterRestCallback("/reverse", reverse)
orthanc.RegisterOnChangeCallback(lambda change, level, resource: orthanc.LogWarning(f"{change!r} {level!r} {resource}"))
orthanc.LogWarning(orthanc.RestApiGet("/studies").decode())
"""
    requests = "get /things/abc?a=b\npost /reverse stressed\nget /none\n"
    lines = bundle.run_script(script, f"start\n{requests}change 3 2 xyz\nsleep 300\nstop\n")
    assert 'log {"uri": "/studies"}' in lines
    answers = [line for line in lines if line[:3] in ("200", "404")]
    assert json.loads(answers[0][4:]) == ["/things/abc", "GET", ["abc"], {"a": "b"}, bundle.python]
    assert answers[1:] == ["200 desserts", "404 "]
    assert "log 3 2 xyz" in lines


def test_an_error_in_a_callback_is_answered_and_logged(bundle: Bundle) -> None:
    script = """
import orthanc

def fail(output, uri, **request):
    orthanc.RestApiGet("/missing")

def fine(output, uri, **request):
    output.AnswerBuffer("fine", "text/plain")

orthanc.RegisterRestCallback("/fail", fail)
orthanc.RegisterRestCallback("/fine", fine)
"""
    lines = bundle.run_script(script, "start\nget /fail\nget /fine\nstop\n")
    assert [line for line in lines if line.startswith("500 ") and "The script has failed: see error" in line]
    told = [line.strip() for line in lines]  # the log marks a traceback by blanks
    assert "Traceback (most recent call last):" in told
    assert 'orthanc.RestApiGet("/missing")' in told
    assert "200 fine" in lines


def test_an_exception_of_the_host_reaches_the_script(bundle: Bundle) -> None:
    """Orthanc lets those of a malformed regular expression through."""
    script = """
import orthanc

try:
    orthanc.RegisterRestCallback("/(", print)
except orthanc.OrthancException as error:
    orthanc.LogWarning(f"refused with {error.args[0]}")
"""
    if bundle.target.system == "linux":  # as Orthanc; with another unwinder in both, the plugin could catch it all the same
        host = lief.ELF.parse(str(FOLDER / bundle.target.name / "host"))
        assert host is not None and "libgcc_s.so.1" in host.libraries
    lines = bundle.run_script(script, "start\nstop\n")
    assert "log refused with -1" in lines
    assert any("Orthanc has thrown an exception" in line for line in lines)


def test_a_script_that_fails_keeps_the_plugin_from_starting(bundle: Bundle) -> None:
    lines = bundle.run_script("import orthanc\n1 / 0\n", "start\nstop\n")
    assert "failed" in lines and any("ZeroDivisionError: division by zero" in line for line in lines)


def test_extension_modules_of_the_standard_library(bundle: Bundle) -> None:
    modules = "asyncio bz2 ctypes decimal hashlib lzma pyexpat select socket sqlite3 ssl unicodedata uuid zoneinfo"
    script = f"""
import orthanc

def load(output, uri, **request):
    import importlib
    for name in {modules.split()!r}:
        importlib.import_module(name)
    import asyncio, sqlite3
    total = sqlite3.connect(":memory:").execute("select 1 + 1").fetchone()[0]
    output.AnswerBuffer(f"{{total}} {{asyncio.run(asyncio.sleep(0, 'slept'))}}", "text/plain")

orthanc.RegisterRestCallback("/load", load)
"""
    assert "200 2 slept" in bundle.run_script(script, "start\nget /load\nstop\n")


def test_many_threads_and_little_stack(bundle: Bundle) -> None:
    script = """
import ctypes, json, os, threading, orthanc

def deep(output, uri, **request):
    try:
        json.loads("[" * 100000)
    except RecursionError:
        output.AnswerBuffer("too deep", "text/plain")

def work(output, uri, **request):
    numbers = []
    threads = [threading.Thread(target=lambda: numbers.append(sum(range(1000)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    library = ctypes.CDLL("msvcrt" if os.name == "nt" else None)
    output.AnswerBuffer(f"{sum(numbers)} {library.abs(-7)}", "text/plain")

def count(output, uri, **request):
    output.AnswerBuffer(str(threading.active_count() < 10), "text/plain")

orthanc.RegisterRestCallback("/deep", deep)
orthanc.RegisterRestCallback("/work", work)
orthanc.RegisterRestCallback("/count", count)
"""
    commands = "start\nget /deep\nparallel 8 20 /work\nparallel 8 20 /work\nsleep 500\nget /count\nstop\n"
    answers = [line for line in bundle.run_script(script, commands) if line[:4] in ("200 ", "500 ")]
    assert answers == ["200 too deep", "200 1498500 7", "200 1498500 7", "200 True"]


def test_stops_and_starts_again_and_loses_nothing(bundle: Bundle) -> None:
    left = bundle.work / "left.txt"
    script = f"""
import atexit, threading, orthanc

file = open({bundle.path(left)!r}, "a")
atexit.register(lambda: orthanc.LogWarning("farewell"))
threading.Thread(target=threading.Event().wait, daemon=True).start()

def write(output, uri, **request):
    file.write("line\\n")
    output.AnswerBuffer("written", "text/plain")

orthanc.RegisterRestCallback("/write", write)
"""
    lines = bundle.run_script(script, "start\nget /write\nstop\n" * 2)
    assert lines.count("200 written") == 2
    assert lines.count("log farewell") == 2
    assert left.read_text() == "line\nline\n"


@pytest.mark.runner("wine", "native")
def test_the_interpreter_is_the_one_on_the_command_line(bundle: Bundle) -> None:
    script = """
import subprocess, sys, orthanc

def ask(output, uri, **request):
    command = [sys.executable, "-c", "import sys; print(sys.prefix, sys.version_info[:2])"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    output.AnswerBuffer(str(done.stdout.strip() == f"{sys.prefix} {sys.version_info[:2]}"), "text/plain")

orthanc.RegisterRestCallback("/ask", ask)
"""
    assert "200 True" in bundle.run_script(script, "start\nget /ask\nstop\n")


@pytest.mark.runner("wine", "native")
def test_a_plugin_that_stands_alone(bundle: Bundle) -> None:
    prefix = bundle.find_libpython_by_the_system()
    lines = bundle.run_script("import orthanc, sys\northanc.LogWarning(sys.prefix)\n", "start\nstop\n", python={}, loader=False)
    assert f"log {prefix}" in lines


@pytest.mark.runner("wine")
def test_the_loader_finds_an_interpreter_in_the_registry(bundle: Bundle) -> None:
    folder = bundle.path(foreign_pythons.windows_root(bundle.python))
    with registered(bundle.environment, bundle.python, folder):
        lines = bundle.run_script("", "start\nstop\n", python={})
    assert [line for line in lines if line.startswith("log Python: using") and folder in line and "by the registry" in line]


@pytest.mark.runner("wine")
def test_a_good_interpreter_behind_one_that_cannot_be_run(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "python.exe").write_text("not a program")
    folder = bundle.path(foreign_pythons.windows_root(bundle.python))
    broken = bundle.path(tmp_path / "broken")
    with registered(bundle.environment, "3.99", broken), registered(bundle.environment, bundle.python, folder):
        lines = bundle.run_script("", "start\nstop\n", python={})
    assert [line for line in lines if line.startswith("log Python: an interpreter cannot be used") and broken in line], lines
    assert [line for line in lines if line.startswith("log Python: using") and folder in line and "by the registry" in line]


@pytest.mark.runner("wine")
def test_the_reason_of_a_system_whose_language_is_not_ascii(bundle: Bundle, tmp_path: Path) -> None:
    """Windows has texts in an ANSI code page and in UTF-16. Wine takes the language from this variable."""
    broken = tmp_path / "broken.exe"
    broken.write_text("not a program")
    bundle.environment["LC_ALL"] = "ru_RU.UTF-8"
    lines = bundle.run_script("", "start\nstop\n", python={"Executable": bundle.path(broken)})
    (said,) = [line for line in lines if "it cannot be run: " in line]
    assert re.search(r"it cannot be run: [\u0410-\u044f]{4}", said), said  # Cyrillic


@pytest.mark.runner("wine")
@pytest.mark.parametrize("tag", ["3.9", "3.99t", "3.99t-arm64"])
def test_registered_interpreters_by_number_and_free_threaded_ones_last(bundle: Bundle, tmp_path: Path, tag: str) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "python.exe").write_text("not a program")
    folder = bundle.path(foreign_pythons.windows_root(bundle.python))
    with registered(bundle.environment, tag, bundle.path(tmp_path / "other")):
        with registered(bundle.environment, bundle.python, folder):
            lines = bundle.run_script("", "start\nstop\n", python={})
        failed = bundle.run_script("", "start\nstop\n", python={})
    assert not [line for line in lines if bundle.path(tmp_path / "other") in line], lines
    assert [line for line in lines if line.startswith("log Python: using") and folder in line and "by the registry" in line]
    assert bundle.path(tmp_path / "other") in "\n".join(failed)  # it is tried at last


@pytest.mark.runner("wine")
@pytest.mark.parametrize(
    "behaviour, told",
    [
        # A virtual environment's python.exe starts the interpreter so: both have the pipe for the answer.
        ("subprocess.Popen([sys.executable, '-S', '-c', WAIT], stdout=sys.stdout).wait()", "it did not answer within 10 s"),
        (
            "subprocess.Popen([sys.executable, '-S', '-c', WAIT], stdout=sys.stdout); sys.exit()",
            "it did not answer within 10 s",
        ),
        ("while True: print('x' * 1000)", "it writes too much when asked for its version"),
    ],
    ids=["child hangs", "child stays", "endless"],
)
def test_a_good_interpreter_behind_one_that_does_not_end(bundle: Bundle, tmp_path: Path, behaviour: str, told: str) -> None:
    good = foreign_pythons.windows_root(bundle.python)
    bad = tmp_path / "bad"
    shutil.copytree(good, bad, ignore=shutil.ignore_patterns("json", "libs", "include"))
    (bad / "Lib" / "json.py").write_text(f"import subprocess, sys\nWAIT = 'import time; time.sleep(600)'\n{behaviour}\n")
    with (
        registered(bundle.environment, "3.99", bundle.path(bad)),
        registered(bundle.environment, bundle.python, bundle.path(good)),
    ):
        lines = bundle.run_script("", "start\nstop\n", python={})
    (refused,) = [
        line for line in lines if line.startswith("log Python: an interpreter cannot be used") and bundle.path(bad) in line
    ]
    assert told in refused
    assert [line for line in lines if line.startswith("log Python: using") and bundle.path(good) in line], lines


@pytest.mark.runner("wine")
def test_libraries_beside_the_interpreter_are_found(bundle: Bundle, tmp_path: Path) -> None:
    """As by python.exe, such as vcruntime140_1.dll where only Python has brought it."""
    folder = tmp_path / "python"
    shutil.copytree(foreign_pythons.windows_root(bundle.python), folder, ignore=shutil.ignore_patterns("libs", "include"))
    shutil.copy(folder / "vcruntime140.dll", folder / "beside.dll")
    script = "import ctypes, orthanc\nctypes.WinDLL('beside.dll')\northanc.LogWarning('found')\n"
    lines = bundle.run_script(script, "start\nstop\n", python={"Executable": bundle.path(folder / "python.exe")})
    assert "log found" in lines, lines


@pytest.mark.runner("wine")
def test_an_interpreter_names_its_environment(bundle: Bundle) -> None:
    """As conda has it: python.exe in the environment's folder."""
    folder = foreign_pythons.windows_root(bundle.python)
    lines = bundle.run_script("", "start\nstop\n", python={"VirtualEnv": bundle.path(folder / "python.exe")})
    assert [line for line in lines if line.startswith("log Python: using") and 'the setting "VirtualEnv"' in line], lines


@pytest.mark.runner("wine", "native")
def test_the_loader_says_what_it_found_when_nothing_fits(bundle: Bundle) -> None:
    lines = bundle.run_script("", "start\nstop\n", python={"Executable": bundle.executable or "", "Version": "3.77"})
    assert "failed" in lines
    text = "\n".join(lines)
    assert 'the setting "Version" asks for 3.77' in text and bundle.python in text
    assert ("32 bits" if bundle.target.processor == "x86" else "64 bits") in text


def test_paths_beyond_ascii(bundle: Bundle, tmp_path: Path) -> None:
    folder = tmp_path / "Bücher 本"
    folder.mkdir()
    bundle.work = folder
    assert "log ok" in bundle.run_script("import orthanc\northanc.LogWarning('ok')\n", "start\nstop\n")
