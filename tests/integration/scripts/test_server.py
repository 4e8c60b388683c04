# SPDX-License-Identifier: GPL-3.0-or-later
"""The class that starts Orthanc: its failures, and the certain end of what it has started."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from helpers import CT, eventually

import orthanc_python
from orthanc_python import OrthancDidNotStart, OrthancNotFound, OrthancServer


def test_orthanc_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ORTHANC", str(tmp_path / "Orthanc"))
    with pytest.raises(OrthancNotFound, match="variable ORTHANC"), OrthancServer():
        pass


def test_what_does_not_start_is_told_and_removed(tmp_path: Path) -> None:
    (tmp_path / "no-plugin.so").write_text("not a library")
    server = OrthancServer(plugins=[tmp_path / "no-plugin.so"])
    with pytest.raises(OrthancDidNotStart, match=r"no-plugin\.so") as failure, server:
        pass
    assert failure.value.exit_status == 255
    assert not server.folder.exists()


def test_missing_plugin(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no plugin .*missing\.so"):
        OrthancServer(plugin=tmp_path / "missing.so")


def test_slow_start_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "Orthanc"
    program.write_text("#!/bin/sh\necho $$ >&2\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("ORTHANC", str(program))
    with pytest.raises(OrthancDidNotStart, match="did not answer") as failure, OrthancServer(timeout=0.5):
        pass
    assert failure.value.exit_status is None
    with pytest.raises(ProcessLookupError):
        os.kill(int(failure.value.log), 0)


@pytest.mark.parametrize("taken", ["http_port", "dicom_port"])
def test_port_that_is_taken_meanwhile(taken: str) -> None:
    server = OrthancServer(dicom=True)
    with socket.socket() as other, socket.socket() as free:
        for each in (other, free):
            each.bind(("", 0))
        other.listen()
        server.http_port = server.dicom_port = free.getsockname()[1]
        setattr(server, taken, other.getsockname()[1])
        free.close()
        with server:
            assert other.getsockname()[1] not in (server.http_port, server.dicom_port)
            assert server.get("/system").json()["DicomPort"] == server.dicom_port


def test_configuration_upload_and_second_start() -> None:
    with OrthancServer(aet="ME", configuration={"StableAge": 60, "DicomModalities": {"a": ["A", "localhost", 1]}}) as it:
        assert os.getsid(it.pid) == it.pid  # so that Ctrl-C at the terminal does not reach it
        assert it.get("/system").json()["DicomAet"] == "ME"
        assert it.get("/modalities").json() == ["a"]
        identifier = it.upload(CT)["ID"]
        with pytest.raises(ValueError, match="400"):
            it.upload(b"no DICOM")
        port = it.http_port
        assert it.stop() == 0 and not it.running
        it.start()
        assert it.http_port == port and it.get("/instances").json() == [identifier]
    assert not it.folder.exists()


def test_killed_parent_leaves_nothing() -> None:
    code = f"""
        import sys, time
        sys.path.insert(0, {str(Path(orthanc_python.__file__).parents[1])!r})
        from orthanc_python import OrthancServer
        with OrthancServer() as server:
            print(server.pid, server.folder, flush=True)
            time.sleep(600)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid, folder = parent.stdout.readline().split()
    parent.send_signal(signal.SIGKILL)
    parent.communicate()

    def has_ended() -> bool:
        status = Path(f"/proc/{pid}/stat")
        return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"

    assert eventually(has_ended)
    shutil.rmtree(folder)
