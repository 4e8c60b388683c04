# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for pytest: tests of scripts in a real Orthanc, and without one.

@pytest.mark.orthanc(script="my_plugin.py", configuration={"StableAge": 1})
def test_route(orthanc):
    assert orthanc.session.get("/my-route").status_code == 200
"""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from orthanc_python.server.script_server import ScriptServer
from orthanc_python.server.settings import merged
from orthanc_python.server.start_errors import OrthancDidNotStart, tail

if TYPE_CHECKING:
    from orthanc_python.testing import Fake

LOG_LINES = 60  # of each server, in the report of a failing test
FAILED = pytest.StashKey[bool]()  # of a test that has failed in this run, or was skipped


class OrthancFactory:
    """Starts an Orthanc for each script and configuration, and gives it again, emptied, to tests that ask for the same."""

    used: ClassVar[list[ScriptServer]] = []  # by the running test

    def __init__(self) -> None:
        self._servers: dict[str, ScriptServer] = {}

    def __call__(
        self,
        script: str | Path | None = None,
        configuration: Mapping[str, Any] | None = None,
        *,
        modules: Sequence[str] = (),
        **options: Any,
    ) -> ScriptServer:
        """`modules` are installed ones, such as ["my_plugin"]; `options` are those of OrthancServer, such as dicom=True."""
        path = Path(script).resolve() if script is not None else None
        if path is not None and not path.is_file():
            pytest.fail(f"there is no script {path}", pytrace=False)
        section = {"Executable": sys.executable, **({"Modules": list(modules)} if modules else {})}
        if "VirtualEnv" in (configuration or {}).get("Python", {}):
            del section["Executable"]  # which would win
        settings = merged({"Python": section}, configuration or {})
        changed = path.stat().st_mtime_ns if path is not None else 0
        key = json.dumps([str(path), changed, settings, options], sort_keys=True, default=str)
        server = self._servers.get(key)
        if server is None or not server.running or not server.empty():
            if server is not None:
                server.close()
            server = self._servers[key] = ScriptServer(path, configuration=settings, **options)
            self._start(server)
        self.used.append(server)
        return server

    def _start(self, server: ScriptServer) -> None:
        try:
            server.start()
        except OrthancDidNotStart as error:
            name = server.script or server.extra["Python"].get("Modules")
            pytest.fail(f"Orthanc did not start with {name}:\n{tail(error.log, LOG_LINES)}", pytrace=False)

    def close(self) -> None:
        with ThreadPoolExecutor() as stops:  # each takes Orthanc two seconds
            list(stops.map(ScriptServer.close, self._servers.values()))


@pytest.fixture(scope="session")
def orthanc_factory() -> Iterator[OrthancFactory]:
    """Start real Orthancs: `orthanc_factory("my_plugin.py", {"StableAge": 1})`, on free ports and with private storages."""
    factory = OrthancFactory()
    yield factory
    factory.close()


@pytest.fixture
def orthanc(request: pytest.FixtureRequest, orthanc_factory: OrthancFactory) -> ScriptServer:
    """A real Orthanc with the script of the marker: `@pytest.mark.orthanc(script="my_plugin.py")`. Its storage is empty.

    `@pytest.mark.orthanc(modules=["my_plugin"])` runs installed modules.
    """
    marker = request.node.get_closest_marker("orthanc")
    if marker is None or not (marker.args or {"script", "modules"} & marker.kwargs.keys()):
        pytest.fail('the fixture orthanc needs a script: @pytest.mark.orthanc(script="my_plugin.py")', pytrace=False)
    values = dict(marker.kwargs)
    script = values.pop("script", None) or (marker.args[0] if marker.args else None)
    return orthanc_factory(request.path.parent / script if script is not None else None, **values)


@pytest.fixture
def fake_orthanc(request: pytest.FixtureRequest) -> Iterator[Fake]:
    """A module `orthanc` that records, for tests without Orthanc: see orthanc_python.testing."""
    from orthanc_python import testing

    with testing.fake_orthanc() as fake:
        yield fake
        fake.has_failed = request.node.stash.get(FAILED, False)


def pytest_configure(config: pytest.Config) -> None:
    call = "orthanc(script=None, configuration=None, modules=(), **options)"
    text = f"{call}: what the fixture `orthanc` runs; the path starts at the test's file"
    config.addinivalue_line("markers", text)


def pytest_runtest_setup(item: pytest.Item) -> None:
    OrthancFactory.used.clear()
    item.stash[FAILED] = False  # a plugin may run a test again


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Add the end of Orthanc's log to the report of a failing test."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or not report.passed
    if report.failed:
        for server in OrthancFactory.used:
            name = Path(str(server.script)).name if server.script else ", ".join(server.extra["Python"].get("Modules", ()))
            for title, text in (("log", server.log()), ("output", server.output())):
                if text:
                    report.sections.append((f"Orthanc with {name}: {title}", tail(text, LOG_LINES)))
    return report
