# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings, and how tasks are found and sent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cloudpickle  # type: ignore[import-not-found,import-untyped,unused-ignore]
import pytest
from orthanc_dask.remote import find_task, remote_function
from orthanc_dask.settings import Settings, url_of


def test_url_of_orthanc() -> None:
    assert url_of(Settings(), {"HttpPort": 8043, "SslEnabled": True}) == "https://localhost:8043"
    assert url_of(Settings(orthanc_url="http://images/"), {}) == "http://images"


def test_limits() -> None:
    with pytest.raises(ValueError, match='"InFlight" of the section "DaskCluster" must be at least 1'):
        Settings(in_flight=0)


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
