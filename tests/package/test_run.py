# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python run` as a user sees it: its start, its end, its errors and its reloads."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from conftest import clean_environment
from pydicom.data import get_testdata_file

from tests.integration.followed_process import FollowedProcess, replace

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel
HELLO = """
import orthanc
import words

orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer(words.HELLO, "text/plain"))
print("printed by the script")
"""


class Running(FollowedProcess):
    """orthanc-python run, and what it has said so far."""

    def __init__(self, commands: Path, folder: Path, *arguments: str) -> None:
        (folder / "temporary").mkdir(exist_ok=True)
        environment = clean_environment(TMPDIR=str(folder / "temporary"))
        super().__init__([commands / "orthanc-python", "run", *arguments], folder, environment)

    @property
    def url(self) -> str:
        return self.wait_for(r"Orthanc runs .* at (http://\S+)")[1]


Start = Callable[..., Running]


@pytest.fixture
def start(commands: Path, tmp_path: Path) -> Iterator[Start]:
    (tmp_path / "hello.py").write_text(HELLO)
    (tmp_path / "words.py").write_text('HELLO = "hello"\n')
    started: list[Running] = []

    def run(*arguments: str) -> Running:
        started.append(Running(commands, tmp_path, *arguments))
        return started[-1]

    yield run
    for each in started:
        if each.process.poll() is None:
            each.stop(signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_and_stop(start: Start, tmp_path: Path, own_port: int, number: int) -> None:
    running = start("hello.py", "--port", str(own_port))  # nobody else's, when it has ended
    assert requests.get(f"{running.url}/hello").text == "hello"
    running.wait_for("printed by the script")
    assert running.stop(number) == 0
    assert "Orthanc has stopped" in running.said and "Traceback" not in running.said
    with pytest.raises(requests.ConnectionError):
        requests.get(running.url)
    assert not list((tmp_path / "temporary").iterdir())


@pytest.mark.parametrize("moment", ["Loading plugin", "Python: using", "Orthanc runs", "Orthanc is stopping"])
@pytest.mark.parametrize("options", [(), ("--reload",)], ids=["run", "reload"])
def test_asked_to_end_twice(start: Start, tmp_path: Path, options: tuple[str, ...], moment: str) -> None:
    """At any moment, and by an impatient manager of services: nothing is left."""
    running = start("hello.py", *options)
    if moment == "Orthanc is stopping":
        running.wait_for("Orthanc runs")
        running.process.send_signal(signal.SIGTERM)
    running.wait_for(moment)
    running.process.send_signal(signal.SIGTERM)
    assert running.stop(signal.SIGTERM) == 0
    assert not list((tmp_path / "temporary").iterdir())


def test_nothing_is_open_to_the_network(start: Start, tmp_path: Path) -> None:
    configuration = '{"RemoteAccessAllowed": true, /* a comment */ "DicomServerEnabled": true, "Name": "mine", "HttpPort": 1}'
    (tmp_path / "orthanc.json").write_text(configuration)
    running = start("hello.py", "--config", "orthanc.json", "--set", "StableAge=7", "--set", "DicomAet=ME", "--storage", "kept")
    system = requests.get(f"{running.url}/system").json()
    assert system["Name"] == "mine" and system["DicomAet"] == "ME"
    running.wait_for("Not taken from orthanc.json: DicomServerEnabled, HttpPort, RemoteAccessAllowed")
    running.wait_for("The DICOM server is disabled")
    running.wait_for("remote access is not allowed")
    assert running.stop() == 0
    assert (tmp_path / "kept" / "index").is_file()


def test_two_scripts(start: Start, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "second.py").write_text(
        HELLO.replace("/hello", "/second").replace("import words", "import words_too as words")
    )
    (tmp_path / "other" / "words_too.py").write_text('HELLO = "second"\n')
    running = start("hello.py", "other/second.py")
    assert requests.get(f"{running.url}/hello").text == "hello"
    assert requests.get(f"{running.url}/second").text == "second"


def reset(running: Running) -> None:
    """Start Orthanc again in its process, as the dashboard's button Reload does."""
    seen = len(running.said)
    requests.post(f"{running.url}/tools/reset").raise_for_status()
    running.wait_for("Orthanc has started", seen)


@pytest.mark.parametrize("folder", ["scripts", "caf\udce9"], ids=["text", "bytes"])
def test_reset_of_two_scripts(folder: str, start: Start, tmp_path: Path) -> None:
    """All scripts run again, with what has changed; also those of a path that JSON cannot have."""
    (tmp_path / folder).mkdir()
    first, second, words = (tmp_path / folder / f"{name}.py" for name in ("first", "second", "words"))
    first.write_text(HELLO)
    second.write_text(HELLO.replace("/hello", "/second"))
    words.write_text('HELLO = "hello"\n')
    running = start(str(first), str(second))
    url = running.url
    assert [requests.get(f"{url}/{route}").text for route in ("hello", "second")] == ["hello", "hello"]
    words.write_text('HELLO = "changed"\n')
    second.write_text(HELLO.replace("/hello", "/third"))
    reset(running)
    assert [requests.get(f"{url}/{route}").text for route in ("hello", "third")] == ["changed", "changed"]
    assert requests.get(f"{url}/second").status_code == 404


def test_reset_and_reload(start: Start, tmp_path: Path) -> None:
    """A reset runs the script again, and changes are seen after it as before."""
    (tmp_path / "hello.py").write_text(HELLO + "import atexit\natexit.register(lambda: print('end of the script'))\n")
    running = start("hello.py", "--reload")
    url = running.url
    for word in ("first", "second"):
        reset(running)
        assert requests.get(f"{url}/hello").status_code == 200
        seen = len(running.said)
        (tmp_path / "words.py").write_text(f'HELLO = "{word}"\n')
        running.wait_for("Reloaded words.py", seen)
        assert requests.get(f"{url}/hello").text == word
    assert running.said.count("end of the script") >= 4
    shown = requests.get(f"{url}/python/environment").json()["Scripts"]
    assert str(tmp_path / "hello.py") in [each["File"] for each in shown if each["Kind"] == "script"]
    assert running.stop() == 0


def test_reset_while_the_script_is_broken(start: Start, tmp_path: Path) -> None:
    """Orthanc ends, as at each start that fails. The reload waits for the mended script."""
    running = start("hello.py", "--reload")
    url = running.url
    replace(tmp_path / "hello.py", HELLO + "raise RuntimeError('oops')\n")
    running.wait_for("the former script goes on")
    seen = len(running.said)
    requests.post(f"{url}/tools/reset").raise_for_status()
    running.wait_for("Orthanc has ended. It is tried again when a file has changed", seen)
    assert "RuntimeError: oops" in running.said[seen:]
    replace(tmp_path / "hello.py", HELLO)
    running.wait_for("Reloaded hello.py", seen)
    assert requests.get(f"{url}/hello").text == "hello"
    requests.post(f"{url}/tools/shutdown").raise_for_status()
    running.wait_for("error: Orthanc ended by itself with exit status 0", seen)


def test_error_of_the_script(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("import orthanc\nimport nowhere_to_be_found\n")
    running = start("hello.py")
    assert running.process.wait(60) == 1
    running.wait_for("No module named 'nowhere_to_be_found'")
    running.wait_for("error: hello.py has failed, so Orthanc did not start")


def test_errors_before_the_start(fail_with: Callable[[list[str], dict[str, str]], str], tmp_path: Path) -> None:
    (tmp_path / "orthanc.py").write_text("")
    (tmp_path / "script.txt").write_text("")
    (tmp_path / "good.py").write_text("")
    assert "there is no script absent.py" in fail_with(["run", "absent.py"], {})
    assert "would hide the module orthanc" in fail_with(["run", "orthanc.py"], {})
    assert "its name must end with .py" in fail_with(["run", "script.txt"], {})
    assert "--set Verbose: it must be like" in fail_with(["run", "good.py", "--set", "Verbose"], {})
    assert "ORTHANC: /nowhere/Orthanc is not a program" in fail_with(["run", "good.py"], {"ORTHANC": "/nowhere/Orthanc"})
    assert "the file does not exist" in fail_with(["run", "good.py", "--config", "absent.json"], {})


def test_reload(start: Start, tmp_path: Path, own_port: int) -> None:
    dicom = Path(str(get_testdata_file("CT_small.dcm")))
    running = start("hello.py", "--reload", "--port", str(own_port))
    url = running.url
    requests.post(f"{url}/instances", data=dicom.read_bytes()).raise_for_status()

    seen = len(running.said)
    replace(tmp_path / "words.py", 'HELLO = "changed"\n')
    running.wait_for(r"Reloaded words.py in \d+\.\d s: http://\S+\n", seen)
    assert requests.get(f"{url}/hello").text == "changed"
    assert len(requests.get(f"{url}/instances").json()) == 1  # the storage is kept
    first, printed, _last = running.said[seen:].splitlines()  # and nothing of what Orthanc says at each start
    assert (first, printed) == ("words.py has changed.", "printed by the script")

    seen = len(running.said)
    replace(tmp_path / "hello.py", "def broken(:\n")
    running.wait_for("the former script goes on", seen)
    shown = running.said[seen:].splitlines()
    assert shown[1] == "    def broken(:" and shown[2].strip() == "^" and shown[3] == "SyntaxError: invalid syntax"
    assert requests.get(f"{url}/hello").text == "changed"

    seen = len(running.said)
    replace(tmp_path / "hello.py", HELLO + "import not_yet_there\n")
    running.wait_for("No module named 'not_yet_there'", seen)
    running.wait_for("the former script goes on", seen)
    shown = running.said[seen:]
    assert (
        "the start of the script hello.py failed: ModuleNotFoundError" in shown
        and f'File "{tmp_path / "hello.py"}", line' in shown
    )
    assert "launcher" not in shown and "importlib" not in shown
    assert requests.get(f"{url}/hello").text == "changed"

    seen = len(running.said)
    replace(tmp_path / "not_yet_there.py", "")
    running.wait_for(r"Reloaded not_yet_there.py", seen)
    assert running.stop() == 0


def test_traceback_without_consequences(start: Start, tmp_path: Path) -> None:
    """Lines of Orthanc and the loader after a script has failed are left out: they say nothing new."""
    (tmp_path / "hello.py").write_text("def f():\n    1 / 0\n\nf()\n")
    running = start("hello.py")
    assert running.process.wait(60) == 1
    running.stop()
    lines = running.said.splitlines()
    place = lines.index("Traceback (most recent call last):")
    assert "failed: ZeroDivisionError" in lines[place - 1]
    assert lines[place + 1 :] == [
        f'  File "{tmp_path / "hello.py"}", line 4, in <module>',
        "    f()",
        f'  File "{tmp_path / "hello.py"}", line 2, in f',
        "    1 / 0",
        "    ~~^~~",
        "ZeroDivisionError: division by zero",
        "error: hello.py has failed, so Orthanc did not start",
    ]


def test_script_that_takes_long(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("import time\ntime.sleep(1000)\n")
    running = start("hello.py")
    running.wait_for(r"Orthanc has not answered for \d+ s: hello.py may still be starting")
    running.stop(signal.SIGTERM)
    assert not list((tmp_path / "temporary").iterdir())


def test_reload_of_a_script_that_never_started(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("1 / 0\n")
    running = start("hello.py", "--reload")
    running.wait_for("ZeroDivisionError")
    running.wait_for("It is tried again when a file has changed")
    replace(tmp_path / "hello.py", HELLO)
    url = running.wait_for(r"Reloaded hello.py in \S+ s: (\S+)")[1]
    assert requests.get(f"{url}/hello").text == "hello"
    assert running.stop() == 0


WRITER = """
import os, sys, time
import orthanc
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), {folder!r})
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "written.py"), "w") as file:
    file.write(f"TIME = {{time.time()}}")
sys.path.append(folder)
import written
{end}
"""


@pytest.mark.parametrize("folder", [".", "generated"])
def test_script_that_writes_a_module_at_each_start(folder: str, start: Start, tmp_path: Path) -> None:
    """It starts again a few times, says why no longer, and sees the changes of a person as before."""
    (tmp_path / "writer.py").write_text(WRITER.format(folder=folder, end=""))
    running = start("writer.py", "--reload")
    running.wait_for(r"written\.py is written by each start of writer\.py\.")
    seen = len(running.said)
    assert running.said.count("Reloaded") <= 3
    time.sleep(5)
    assert "Reloaded" not in running.said[seen:]

    replace(tmp_path / folder / "written.py", "TIME = 0")
    running.wait_for("Reloaded written.py", seen)
    time.sleep(5)
    assert running.said.count("is written by each start") == 1 and running.said[seen:].count("Reloaded") == 1

    seen = len(running.said)
    replace(tmp_path / "writer.py", WRITER.format(folder=folder, end="time.sleep(3)"))
    running.wait_for("writer.py has changed", seen)
    time.sleep(1)  # it starts
    replace(tmp_path / "writer.py", WRITER.format(folder=folder, end="print('the last version')"))
    running.wait_for("the last version", seen)
    assert running.stop() == 0


def test_failing_script_that_writes_a_module(start: Start, tmp_path: Path) -> None:
    """Also its trials end."""
    (tmp_path / "writer.py").write_text(WRITER.format(folder=".", end="1 / 0"))
    running = start("writer.py", "--reload")
    running.wait_for(r"written\.py is written by each start of writer\.py\.")
    seen = len(running.said)
    time.sleep(5)
    assert "has changed" not in running.said[seen:]
    replace(tmp_path / "writer.py", WRITER.format(folder=".", end=""))
    running.wait_for("Reloaded writer.py", seen)
    assert running.stop() == 0
