# SPDX-License-Identifier: GPL-3.0-or-later
"""A download site of three releases, served on this machine, and a browser that looks at it."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import axe, browser, started_browser
from releases import Manifest, make_release, make_site
from selenium.webdriver import Chrome

from orthanc_release.site import contents, index_checks

CHANGES = """\
### Added

- A name that is longer than a narrow screen: orthanc_python-0.1.0-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl

### Fixed

- <b>Nothing</b> & no more"""

__all__ = ["axe", "browser", "started_browser"]  # fixtures


class Handler(SimpleHTTPRequestHandler):
    """A static server as any other. It keeps the paths it was asked for."""

    def log_message(self, *_: object) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


@contextmanager
def serve(folder: Path, handler: type[Handler] = Handler) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder: its address, and the paths that were asked for."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", server.asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session", autouse=True)
def changes() -> Iterator[None]:
    """Give the releases changes, whatever this checkout's CHANGELOG.md has."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (contents, index_checks):
            patch.setattr(module, "changes_of_release", lambda version: CHANGES if version != "0.2.0rc1" else "")
        yield


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of a release, of an older one, and of a pre-release."""
    folder = tmp_path_factory.mktemp("releases")
    dates = {"0.1.0": "2026-11-20", "0.0.9": "2026-10-01", "0.2.0rc1": "2026-11-24"}
    return [make_release(folder / version, version, date) for version, date in dates.items()]


@pytest.fixture(scope="session")
def manifest(releases: list[Path]) -> Manifest:
    """The manifest of the newest release, shown by the first page."""
    return Manifest.read(releases[0])


@pytest.fixture(scope="session")
def site(releases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "downloads"
    done = make_site(*releases, "--output", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    with serve(site) as (url, _):
        yield url


@pytest.fixture
def downloads(started_browser: Chrome) -> Path:
    """The folder that the browser downloads to."""
    return Path(started_browser.capabilities["chrome"]["userDataDir"]).parent / "downloads"
