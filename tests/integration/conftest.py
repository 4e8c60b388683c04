# SPDX-License-Identifier: GPL-3.0-or-later
"""Real Orthanc servers for the tests, each with a script, in private folders and on free ports."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest
from embedded_environment import embedded_environment, reads_stacks
from helpers import PatientServer
from plugin_under_test import bundle_under_test, plugin_under_test
from remote import SCRIPT, Remote
from sanitizer import sanitizer_configuration, sanitizer_environment
from web_server import WebServer, web_server

from orthanc_python import OrthancServer

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"
CRASH = re.compile(
    r"Fatal Python error|Segmentation fault|terminate called|Python runtime state"
    r"|AddressSanitizer|WARNING: ThreadSanitizer|runtime error:"  # the last is UndefinedBehaviorSanitizer's
)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With --dist loadgroup, the tests that share a server run one after the other, all others wherever there is room."""
    for item in items:
        if "module_orthanc" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


class Servers:
    """Starts servers, and checks at each stop that Orthanc ended well and left nothing behind."""

    running: ClassVar[list[OrthancServer]] = []  # of all fixtures, for the report of a failing test

    def __init__(self, plugin: Path, environment: Path, folder: Path) -> None:
        self.plugin = plugin
        self.environment = environment
        self.folder = folder
        self.own: list[OrthancServer] = []

    def prepare(
        self,
        script: str | Path | None = None,
        *,
        name: str = "script.py",
        files: Mapping[str, str] | None = None,
        configuration: Mapping[str, Any] | None = None,
        with_plugin: bool = True,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> OrthancServer:
        """A server that is not started yet. A text is written to a file `name`, beside `files`, in its own folder."""
        folder = self.folder / f"scripts-{len(self.own)}"
        folder.mkdir()
        for each, text in (files or {}).items():
            (folder / each).write_text(textwrap.dedent(text), encoding="utf-8")
        if isinstance(script, str):
            (folder / name).write_text(textwrap.dedent(script), encoding="utf-8")
            script = folder / name
        settings = sanitizer_configuration()
        if with_plugin:
            settings["Python"] = {"VirtualEnv": str(self.environment)}
        for key, value in (configuration or {}).items():
            settings[key] = {**settings.get(key, {}), **value} if isinstance(value, dict) else value
        plugin = self.plugin if with_plugin else None
        environment = {**sanitizer_environment(), **(environment or {})}
        server = PatientServer(script, plugin=plugin, configuration=settings, environment=environment, **options)
        self.own.append(server)
        Servers.running.append(server)
        return server

    def __call__(self, script: str | Path | None = None, **options: Any) -> OrthancServer:
        return self.prepare(script, **options).start()

    def sample(self, name: str, **options: Any) -> OrthancServer:
        """A server with a script of the folder `samples`."""
        return self(SAMPLES / name, **options)

    def stop(self, server: OrthancServer) -> None:
        """Stop a server in the middle of a test, with the checks of the end."""
        status = server.stop()
        assert status == 0, f"Orthanc ended with exit status {status}"
        assert not server.left_processes, "Orthanc left processes behind"
        assert not CRASH.search(server.log()), "the log tells of a crash"

    def finish(self) -> None:
        with ThreadPoolExecutor() as stops:  # each takes Orthanc two seconds
            errors = [error for error in stops.map(self._finish, self.own) if error]
        Servers.running[:] = [server for server in Servers.running if server not in self.own]
        assert not errors, "\n".join(errors)

    def _finish(self, server: OrthancServer) -> str:
        try:
            if server.started:
                self.stop(server)
            return ""
        except AssertionError as error:
            return f"{error}\n{server.log()[-4000:]}"
        finally:
            server.close()


@pytest.fixture(scope="session")
def plugin() -> Path:
    """The plugin under test."""
    return plugin_under_test()


@pytest.fixture(scope="session")
def stacks(plugin: Path) -> None:
    """For tests that look at the stacks of running threads. The others are in test_unreadable_stacks.py."""
    if not reads_stacks(plugin):
        pytest.skip("CPython 3.13t cannot read the stacks of running threads")


@pytest.fixture(scope="session")
def bundle() -> Path:
    return bundle_under_test()


@pytest.fixture(scope="session")
def script_environment(plugin: Path) -> Path:
    """A virtual environment with the packages that scripts import."""
    return embedded_environment(plugin)


@pytest.fixture(scope="session")
def build(plugin: Path) -> Path:
    """The folder of the plugin's build, with what the build has written."""
    # A loader has that of its plugins: they are all built alike (see ci/bundle).
    folders = [
        folder
        for folder in (plugin.parent, *plugin.parent.glob("build-*"))
        if (folder / "generated" / "coverage.json").is_file()
    ]
    if not folders:
        pytest.exit(f"there is no generated/coverage.json of {plugin}: test it where it was built", returncode=2)
    return folders[0]


@pytest.fixture(scope="session")
def coverage(build: Path) -> dict[str, Any]:
    """The report that the build has written: the SDK's functions, and the module's names."""
    return dict(json.loads(build.joinpath("generated", "coverage.json").read_text(encoding="utf-8")))


@pytest.fixture
def orthanc(plugin: Path, script_environment: Path, tmp_path: Path) -> Iterator[Servers]:
    """Start servers for one test: `orthanc(script)`."""
    servers = Servers(plugin, script_environment, tmp_path)
    yield servers
    servers.finish()


@pytest.fixture(scope="module")
def module_orthanc(plugin: Path, script_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Start servers that the tests of a module share."""
    servers = Servers(plugin, script_environment, tmp_path_factory.mktemp("servers"))
    yield servers
    servers.finish()


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    """Run Python code in a server that the tests of a module share."""
    return Remote(module_orthanc(SCRIPT))


@pytest.fixture(scope="module")
def web() -> Iterator[WebServer]:
    """A web server that the tests of a module share."""
    with web_server() as server:
        yield server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Add what the servers logged to the report of a failing test."""
    report = yield
    if report.failed:
        for number, server in enumerate(Servers.running, start=1):
            for title, text in (("log", server.log()), ("output", server.output())):
                if text:
                    report.sections.append((f"Orthanc {number}: {title}", text[-6000:]))
    return report


SKIPPED: list[str] = []  # with the reason
FOR_OLDER = "for older Orthancs only"  # begins the reason of what the newest Orthanc need not run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail if a test is skipped: for the newest Orthanc")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple) and FOR_OLDER not in report.longrepr[2]:
        SKIPPED.append(f"{report.nodeid}: {report.longrepr[2]}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if SKIPPED and session.config.getoption("--no-skips") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if SKIPPED and config.getoption("--no-skips"):
        terminalreporter.section("Skipped in spite of --no-skips")
        for each in SKIPPED:
            terminalreporter.line(each)
