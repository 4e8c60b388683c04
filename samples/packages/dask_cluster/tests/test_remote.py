# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings, and how tasks are found and sent."""

from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError

import cloudpickle  # type: ignore[import-not-found,import-untyped,unused-ignore]
import pytest
from orthanc_dask import results
from orthanc_dask.remote import find_task, remote_function
from orthanc_dask.settings import Settings, url_of


def test_url_of_orthanc() -> None:
    assert url_of(Settings(), {"HttpPort": 8043, "SslEnabled": True}) == "https://localhost:8043"
    assert url_of(Settings(orthanc_url="http://images/"), {}) == "http://images"


def test_limits() -> None:
    with pytest.raises(ValueError, match='"InFlight" of the section "DaskCluster" must be at least 1'):
        Settings(in_flight=0)
    for seconds in (0, 1e300):
        with pytest.raises(ValueError, match='0 < "TaskTimeout"'):
            Settings(task_timeout=seconds)
    with pytest.raises(ValueError, match='0 <= "Retries"'):
        Settings(retries=-1)


@pytest.mark.parametrize("name", ["none", "json:none", "no_such_module:f", "orthanc_dask:__doc__"])
def test_invalid_task(name: str) -> None:
    with pytest.raises(ValueError, match="invalid task"):
        find_task(name)


def test_workers_do_not_need_the_package(tmp_path: Path) -> None:
    """Load the sent function in an interpreter that cannot import the package."""
    work = remote_function(find_task("orthanc_dask.tasks:mean_intensity"), {}, 1)
    (tmp_path / "sent").write_bytes(cloudpickle.dumps(work))
    code = (
        "import pickle, sys; sys.modules['orthanc_dask'] = None; assert callable(pickle.loads(open(sys.argv[1], 'rb').read()))"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "sent"], check=True)


def test_results_are_checked_on_workers(tmp_path: Path) -> None:
    """Without the package. Orthanc would end at a result that its JSON parser refuses."""
    code = """
import pickle, sys
sys.modules["orthanc_dask"] = None
check = pickle.loads(open(sys.argv[1], "rb").read())
deep = []
for _ in range(950):
    deep = [deep]
for value in (float("nan"), 10**400, "\\ud800", {1}, deep):
    try:
        check(value)
    except (ValueError, TypeError, RecursionError):
        continue
    sys.exit(f"not refused: {value!r:.80}")
check({"mean": 1.5, "all": [1, None, "\u00e9"]})
"""
    remote_function(len, {}, 1)
    (tmp_path / "sent").write_bytes(cloudpickle.dumps(results.check))
    subprocess.run([sys.executable, "-c", code, tmp_path / "sent"], check=True)


def test_no_proxy_gets_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker reaches Orthanc directly, also where its machine has a proxy."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:  # it knows no method: status 501
        server.timeout = 5
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(HTTPError, match="501"):
            remote_function(len, {}, 5)(f"http://127.0.0.1:{server.server_port}/")
        thread.join()
