# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a sample in a real Orthanc: uploads a DICOM file and shows what the sample answers. Called by ci/demo."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydicom.data import get_testdata_file

from orthanc_python import OrthancServer
from orthanc_python.server.orthanc_server import find_orthanc

SAMPLE = "samples/new_instance.py"

NEXT = """
What to try next:
  1. Run it yourself (Ctrl-C stops it), and look at http://localhost:8042/app/explorer.html:
       {program} {configuration}
  2. Name another script in that file: the head of each of samples/ says how to call it.
  3. Install the plugin for all: sudo cmake --install {build} --prefix /usr
"""


def main(plugin: Path) -> None:
    print(f"Starting Orthanc with {SAMPLE}")
    with OrthancServer(Path(SAMPLE).resolve(), plugin=plugin) as server:
        dicom = Path(str(get_testdata_file("CT_small.dcm")))
        print(f"Uploading {dicom.name}: a CT image of {dicom.stat().st_size} bytes")
        answer = server.post("/instances", dicom.read_bytes())
        print(f"POST /instances: {answer.status} {answer.json()['Status']}")
        answer = server.get("/new-instances")
        print(f"GET /new-instances: {answer.status}\n{answer.text}")
    print("Orthanc has stopped.")
    print(NEXT.format(program=find_orthanc(), configuration=write_configuration(plugin), build=plugin.parent))


def write_configuration(plugin: Path) -> Path:
    """The configuration of an Orthanc that keeps its files in the build folder and answers this machine only."""
    settings = {
        "StorageDirectory": str(plugin.parent.resolve() / "storage"),
        "RemoteAccessAllowed": False,
        "DicomServerEnabled": False,
        "Plugins": [str(plugin.resolve())],
        "PythonScript": str(Path(SAMPLE).resolve()),
    }
    path = plugin.parent / "orthanc.json"
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)  # ci/demo says so
