# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that a package written by `orthanc-python new NAME --package` makes of ours. ci/docker has built it."""

from __future__ import annotations

from collections.abc import Callable

import requests
from conftest import IMAGE, Container


def test_it_runs_the_package(start: Callable[..., Container]) -> None:
    container = start(image=f"{IMAGE}-with-package")
    assert "there is no *.py file" not in container.log()
    instance = {"Tags": {"PatientID": "1", "Modality": "CT"}}
    assert requests.post(f"{container.url}/tools/create-dicom", json=instance, timeout=30).ok
    assert requests.get(f"{container.url}/my_plugin/counts", timeout=30).json() == {"CT": 1}
    assert "Stored instances" in requests.get(f"{container.url}/my_plugin/ui/", timeout=30).text
    assert container.stop() == 0 and "my_plugin has counted 1 instances" in container.log()
