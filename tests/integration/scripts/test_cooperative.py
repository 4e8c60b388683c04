# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts that replace functions of the standard library by those of gevent or eventlet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import Servers
from embedded_environment import embedded_environment, is_free_threaded
from helpers import CT, eventually
from installed_packages import Environment

from orthanc_python import OrthancServer

pytestmark = pytest.mark.release_build  # greenlets copy stacks, of which AddressSanitizer knows better

SCRIPT = """
import asyncio
import logging
import sys
import threading
import time
import orthanc

lock = threading.Lock()
heard = []


def sleep(output, uri, **request):
    time.sleep(0.1)
    output.AnswerBuffer("slept", "text/plain")


def first(output, uri, **request):
    before = set(sys.modules)
    time.sleep(0.01)
    output.AnswerBuffer(", ".join(sorted(set(sys.modules) - before)) or "nothing", "text/plain")


def nested(output, uri, **request):
    time.sleep(0.1)
    output.AnswerBuffer(orthanc.RestApiGetAfterPlugins("/sleep"), "text/plain")


async def wait(output, uri, **request):
    await asyncio.sleep(0.1)
    output.AnswerBuffer("waited", "text/plain")


def locked(output, uri, **request):
    with lock:
        time.sleep(0.1)
    output.AnswerBuffer("locked", "text/plain")


def log(output, uri, **request):
    for _ in range(50):
        logging.warning("a message")
    output.AnswerBuffer("logged", "text/plain")


def thread(output, uri, **request):
    results = []
    started = threading.Thread(target=lambda: results.append(orthanc.RestApiGet("/system")))
    started.start()
    started.join()
    output.AnswerBuffer(f"{len(results)} result", "text/plain")


def on_change(change, level, resource):
    time.sleep(0.01)
    if change == orthanc.ChangeType.NEW_INSTANCE:
        orthanc.LogWarning("the listener has slept")
    elif change == orthanc.ChangeType.ORTHANC_STOPPED:
        orthanc.LogWarning("the script has seen the stop")


for function in (sleep, first, nested, wait, locked, log, thread):
    orthanc.RegisterRestCallback(f"/{function.__name__}", function)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.LogWarning("the script begins")
"""
ANSWERS = {"sleep": "slept", "nested": "slept", "wait": "waited", "log": "logged", "thread": "1 result"}
PATCHES = {
    "gevent": "import gevent.monkey\ngevent.monkey.patch_all({})\n",
    "eventlet": "import eventlet\neventlet.monkey_patch({})\n",
}
LIBRARIES = pytest.mark.parametrize("library", PATCHES)
WARNING = "has replaced the locks of `threading` by others"


@pytest.fixture(scope="session")
def cooperative_environment(plugin: Path) -> Path:
    if is_free_threaded(plugin):
        pytest.skip("gevent has no wheels for this CPython")
    return embedded_environment(plugin, ("gevent", "eventlet"))


def started(orthanc: Servers, environment: Path, library: str, arguments: str = "") -> OrthancServer:
    script = PATCHES[library].format(arguments) + SCRIPT
    return orthanc(script, configuration={"Python": {"VirtualEnv": str(environment)}})


def check(server: OrthancServer, answers: dict[str, str]) -> None:
    for route, answer in answers.items():
        assert [server.get(f"/{route}").text for _ in range(3)] == [answer] * 3, route
        with ThreadPoolExecutor(4) as clients:
            assert list(clients.map(lambda _, route=route: server.get(f"/{route}").text, range(8))) == [answer] * 8, route
    server.upload(CT)
    server.wait_for_log("the listener has slept")


@LIBRARIES
def test_callbacks(orthanc: Servers, cooperative_environment: Path, library: str) -> None:
    server = started(orthanc, cooperative_environment, library)
    check(server, ANSWERS)
    orthanc.stop(server)
    assert "the script has seen the stop" in server.log()
    assert server.log().count(WARNING) == 1


@LIBRARIES
def test_with_locks_of_python(orthanc: Servers, cooperative_environment: Path, library: str) -> None:
    """As the warning advises."""
    server = started(orthanc, cooperative_environment, library, "thread=False")
    check(server, {**ANSWERS, "locked": "locked"})
    orthanc.stop(server)
    assert WARNING not in server.log()


@LIBRARIES
def test_reset_and_stop(orthanc: Servers, cooperative_environment: Path, library: str) -> None:
    server = started(orthanc, cooperative_environment, library)
    for life in (2, 3):
        assert server.get("/wait").text == "waited"
        server.post("/tools/reset")
        assert eventually(lambda life=life: server.log().count("the script begins") == life)
        assert eventually(lambda: answers(server))


def answers(server: OrthancServer) -> bool:
    try:
        return server.get("/sleep", timeout=5.0).text == "slept"
    except OSError:
        return False


@LIBRARIES
def test_nothing_but_the_stop(orthanc: Servers, cooperative_environment: Path, library: str) -> None:
    orthanc.stop(started(orthanc, cooperative_environment, library))


@LIBRARIES
def test_first_waits_import_nothing(orthanc: Servers, cooperative_environment: Path, library: str) -> None:
    """Two threads that import at once can hang, because the locks of imports are replaced too."""
    script = PATCHES[library].format("") + SCRIPT.replace("orthanc.RegisterOnChangeCallback(on_change)\n", "")
    server = orthanc(script, configuration={"Python": {"VirtualEnv": str(cooperative_environment)}})
    assert server.get("/first").text == "nothing"


@LIBRARIES
def test_a_module_is_warned_too(orthanc: Servers, cooperative_environment: Path, library: str, tmp_path: Path) -> None:
    """Also where no script follows the modules, or one that is imported already."""
    environment = Environment(tmp_path / "env", cooperative_environment)
    packages = next((cooperative_environment / "lib").glob("python3.*")) / "site-packages"
    (environment.packages / "library.pth").write_text(f"{packages}\n")
    environment.install("patching", {"patching.py": PATCHES[library].format("") + SCRIPT})
    server = orthanc(configuration={"Python": {**environment.settings, "Modules": ["patching"]}})
    assert server.log().count(WARNING) == 1
    check(server, {key: ANSWERS[key] for key in ("sleep", "log")})
