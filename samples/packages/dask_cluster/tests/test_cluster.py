# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection, with a real scheduler and worker in this process."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from orthanc_dask.cluster import Cluster

distributed: Any = importlib.import_module("distributed")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    options = {"n_workers": 1, "threads_per_worker": 1, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**options) as local:
        made = Cluster(local.scheduler_address, 1, len)
        yield made
        made.close()


def test_while_another_job_connects(cluster: Cluster) -> None:
    """A job whose connection another one has closed or not yet made tries again later, and keeps no slot."""
    with pytest.raises(OSError, match="not connected"):
        cluster.submit("three")
    cluster.wait([], 1)
    cluster.connect()
    old = cluster.submit("three")
    cluster.release(old)
    client = cluster._client
    client.close()
    with pytest.raises(OSError, match="not connected"):
        cluster.submit("three")
    cluster.wait([old], 1)
    cluster.connect()
    future = cluster.submit("three")
    cluster.wait([future], 60)
    assert future is not None and future.result() == 5
    cluster.release(future)
    cluster.close()
    with pytest.raises(OSError, match="not connected"):
        cluster.submit("three")
