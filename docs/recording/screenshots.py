# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the pictures of README and the pages that show a real Orthanc: screenshots.py FOLDER.

The plugin is that of ORTHANC_PYTHON_PLUGIN; needs Debian's packages orthanc, chromium and chromium-driver. The pictures are
committed, because GitHub shows them and the pages are built without an Orthanc.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for part in ("src", "tests/site", "tests/docs", "docs"):
    sys.path.insert(0, str(ROOT / part))

from browsers import set_colors, set_width, start_browser, visible, wait_for  # noqa: E402
from pages import read_sections  # noqa: E402
from running import IMAGE  # noqa: E402
from selenium.webdriver import Chrome  # noqa: E402

from orthanc_python import OrthancServer  # noqa: E402
from recording.terminal import recorder, save  # noqa: E402

COMMAND = [sys.executable, "-m", "orthanc_python"]
LOAD = """
import itertools, orthanc, time

count = itertools.count()

def report(output, uri, **request):
    time.sleep(0.03)
    output.AnswerBuffer("done", "text/plain")

def hello(output, uri, **request):
    output.AnswerBuffer("Hello", "text/plain")

def route(instance, instance_id):
    if next(count) % 50 == 20:
        raise RuntimeError("the archive does not answer")

orthanc.RegisterRestCallback("/report", report)
orthanc.RegisterRestCallback("/hello", hello)
orthanc.RegisterOnStoredInstanceCallback(route)
"""


def take_first_result(file: Path) -> None:
    """README's first script: what the commands print, and what curl answers."""
    with tempfile.TemporaryDirectory() as folder:
        console = recorder(88)
        made = subprocess.run([*COMMAND, "new", "demo"], cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
        show(console, "orthanc-python new demo", made.stdout.split("\n\n")[0])
        with running(Path(folder)) as (lines, url):
            show(console, "orthanc-python run demo/demo.py --reload", "\n".join(["...", *lines[-2:]]))
            console.print("\n[dim]in another terminal[/dim]")
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            show(console, f"curl {url}/demo", opener.open(f"{url}/demo", timeout=30).read().decode().strip())
        save(console, file, "The first script")


def show(console, command: str, output: str) -> None:  # type: ignore[no-untyped-def]
    console.print(f"[bold]$ {command}", soft_wrap=True)
    console.print(output, markup=False, soft_wrap=True)


@contextmanager
def running(folder: Path) -> Iterator[tuple[list[str], str]]:
    """Run README's command until it says where Orthanc answers: its lines, and the address."""
    arguments = [*COMMAND, "run", "demo/demo.py", "--reload"]
    process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if found := re.search(r"runs demo.py at (\S+)", line):
                yield lines, found[1]
                return
        raise RuntimeError("\n".join(lines))
    finally:
        process.terminate()
        process.communicate(timeout=60)


def take_explorer(browser: Chrome, folder: Path, plugin: Path) -> None:
    """The button and the page of the how-to page on Orthanc Explorer."""
    blocks = [block for each in read_sections() if each.page == "docs/howto/explorer.md" for block in each.blocks]
    script = folder.parent / "protocols.py"
    script.write_text(next(block.text for block in blocks if block.language == "python"), encoding="utf-8")
    with OrthancServer(script, plugin=plugin, configuration={"Name": "Radiology"}) as server:
        server.post("/instances", IMAGE.read_bytes())
        set_width(browser, 900, 720)
        browser.get(f"{server.url}/app/explorer.html")
        (button,) = wait_for(lambda: visible(browser, "a[href*='protocols']"), "button of the script")
        browser.execute_script("arguments[0].scrollIntoView({block: 'end'})", button)
        browser.save_screenshot(str(folder / "explorer-button.png"))
        set_width(browser, 420, 110)
        browser.get(f"{server.url}/protocols")
        browser.save_screenshot(str(folder / "explorer-page.png"))


def take_dashboard(browser: Chrome, folder: Path, plugin: Path) -> None:
    script = folder.parent / "router.py"
    script.write_text(LOAD, encoding="utf-8")
    settings = {"Python": {"Dashboard": True, "Metrics": True}}
    with OrthancServer(script, plugin=plugin, configuration=settings) as server:
        browser.get(f"{server.url}/python/")
        end = time.monotonic() + 12
        while time.monotonic() < end:
            for path in ("/report", "/hello", "/hello"):
                server.get(path)
            server.post("/instances", IMAGE.read_bytes())
            for each in json.loads(server.get("/instances").text):
                server.delete(f"/instances/{each}")
        wait_for(lambda: "router.py" in browser.page_source, "callback on the dashboard")
        for scheme in ("light", "dark"):
            set_colors(browser, scheme)
            set_width(browser, 1000, 640)
            time.sleep(1)
            browser.save_screenshot(str(folder / f"dashboard-{scheme}.png"))


def main(folder: Path) -> None:
    plugin = Path(os.environ["ORTHANC_PYTHON_PLUGIN"]).resolve()
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    folder.mkdir(parents=True, exist_ok=True)
    take_first_result(folder / "first-result.svg")
    with tempfile.TemporaryDirectory() as temporary:
        browser = start_browser(Path(temporary))
        work = Path(temporary) / "pictures"
        work.mkdir()
        try:
            take_explorer(browser, work, plugin)
            take_dashboard(browser, work, plugin)
        finally:
            browser.quit()
        for picture in work.glob("*.png"):
            (folder / picture.name).write_bytes(picture.read_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "screens")
