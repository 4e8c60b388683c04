# SPDX-License-Identifier: GPL-3.0-or-later
"""The alert rules and the dashboard of samples/monitoring, with a real Prometheus that reads a real Orthanc."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import SAMPLES, Servers
from helpers import eventually

from orthanc_python import OrthancServer

FOLDER = SAMPLES / "monitoring"
SCRIPT = """
import orthanc
orthanc.RegisterRestCallback("/hello", lambda output, uri, **request: output.AnswerBuffer("hello", "text/plain"))
"""


@pytest.fixture(scope="module")
def server(module_orthanc: Servers) -> OrthancServer:
    started = module_orthanc(SCRIPT)
    started.get("/hello")
    return started


@pytest.mark.parametrize("name", ["alerts.yml", "dashboard.json"])
def test_metrics_exist(server: OrthancServer, name: str) -> None:
    exposed = set(re.findall(r"^(\w+)", server.get("/python/metrics").text, re.M))
    used = set(re.findall(r"\borthanc_python_\w+", (FOLDER / name).read_text()))
    assert len(used) >= 6 and used <= exposed, used - exposed


def test_dashboard() -> None:
    dashboard: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text())
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places) and dashboard["schemaVersion"] >= 36
    assert all(panel["targets"][0]["expr"] and panel["fieldConfig"]["defaults"]["unit"] for panel in dashboard["panels"])


@contextmanager
def prometheus(server: OrthancServer, port: int, folder: Path) -> Iterator[str]:
    """A Prometheus that reads the server each second, with the rules of the samples; its address."""
    configuration = folder / "prometheus.yml"
    target = server.url.removeprefix("http://")
    configuration.write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(FOLDER / "alerts.yml")],
                "scrape_configs": [
                    {"job_name": "orthanc", "metrics_path": "/python/metrics", "static_configs": [{"targets": [target]}]}
                ],
            }
        )
    )
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                *("prometheus", f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}"),
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def ask(address: str, path: str) -> Any:
    try:
        with urllib.request.urlopen(address + path, timeout=5) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


def test_prometheus(server: OrthancServer, own_port: int, tmp_path: Path) -> None:
    if shutil.which("prometheus") is None:
        pytest.skip("no Prometheus: install Debian's prometheus")
    checked = subprocess.run(["promtool", "check", "rules", FOLDER / "alerts.yml"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    queries = [panel["targets"][0]["expr"] for panel in json.loads((FOLDER / "dashboard.json").read_text())["panels"]]
    with prometheus(server, own_port, tmp_path) as address:
        assert eventually(lambda: (ask(address, "/api/v1/query?query=orthanc_python_responsive") or {}).get("result"), 60.0)
        groups = eventually(lambda: (ask(address, "/api/v1/rules") or {}).get("groups"))
        assert eventually(
            lambda: all(rule["health"] == "ok" for group in ask(address, "/api/v1/rules")["groups"] for rule in group["rules"])
        ), groups
        for query in queries:
            plain = query.replace("$__rate_interval", "1m").replace('{instance=~"$instance"}', "")
            assert ask(address, "/api/v1/query?query=" + urllib.parse.quote(plain)) is not None, query
