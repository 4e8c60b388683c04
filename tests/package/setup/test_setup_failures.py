# SPDX-License-Identifier: GPL-3.0-or-later
"""`orthanc-python setup` changes nothing, or restores what it has changed, where something is wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from http.server import HTTPServer, SimpleHTTPRequestHandler

import pytest
from setup_service import OTHERS, Service, script

pytestmark = pytest.mark.timeout(1800)  # the first test also waits for the build of the wheel


def test_script_that_fails(service: Service) -> None:
    """Orthanc does not start with it, so that the former one comes back."""
    path = service.server.write("hello.py", "import orthanc\nraise ValueError('no such machine')\n")
    before = service.files()
    said = service.setup("--script", path, "--yes", status=1)
    assert "no such machine" in said and "restarted the service orthanc as it was\nOrthanc answers\n" in said
    assert service.files() == before and service.server.loaded() == OTHERS
    service.setup("--script", script(service, "good.py"), "--yes")  # and it can be tried again
    assert service.server.loaded() == {*OTHERS, "python"}


def test_script_that_fails_without_a_folder_of_logs(service: Service) -> None:
    """The log is the journal's then, and an account without rights cannot read that."""
    unit = service.server.folder / "lib/systemd/system/orthanc.service"
    unit.write_text(re.sub(r" --logdir=\S+", "", unit.read_text()))
    path = service.server.write("hello.py", "raise ValueError\n")
    said = service.setup("--script", path, "--yes", status=1)
    assert "Orthanc does not start: see sudo journalctl -u orthanc -n 50" in said and "Orthanc answers\n" in said
    assert service.server.loaded() == OTHERS


def test_another_program_at_the_port(service: Service) -> None:
    """It would answer instead of the service, because that cannot start."""
    service.server.stop()
    path, before = script(service), service.files()
    with HTTPServer(("127.0.0.1", service.server.http_port), SimpleHTTPRequestHandler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        while (service.manager / "active").exists():
            time.sleep(0.01)
        said = service.setup("--script", path, "--yes", status=1)
        other.shutdown()
    assert f"another program answers at port {service.server.http_port}: stop that first" in said
    assert service.files() == before


def test_script_with_a_missing_module(service: Service) -> None:
    """The doctor finds it before Orthanc is restarted."""
    path = service.server.write("hello.py", "import orthanc, nowhere_to_be_found\n")
    before = service.files()
    said = service.setup("--script", path, "--yes", status=1)
    assert "nowhere_to_be_found" in said and "restarted" not in said
    assert service.files() == before and service.server.loaded() == OTHERS


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another account")
def test_what_the_account_cannot_read(service: Service) -> None:
    """Neither a script nor an environment is used before the service can read it."""
    service.run_as("orthanc")
    closed = service.server.folder / "home"
    closed.mkdir(mode=0o700)
    path = closed / "hello.py"
    path.write_text("import orthanc\n")
    own, before = script(service), service.files()
    own.chmod(0o600)
    assert f"chmod a+rX {own}" in service.setup("--script", own, "--yes", status=1)
    own.chmod(0o644)
    said = service.setup("--script", path, "--yes", status=1)
    assert f"the account orthanc cannot read the script, {path}, because of {closed}" in said
    assert f"sudo cp {path} {service.server.etc}/" in said
    subprocess.run(["/usr/bin/python3", "-m", "venv", closed / "env"], check=True)
    said = service.setup("--script", own, "--environment", closed / "env", "--yes", status=1)
    assert "the account orthanc cannot read Python" in said and "--environment" in said
    said = service.setup("--script", own, "--environment", closed / "new", "--yes", status=1)
    assert f"the account orthanc could not read an environment in {closed / 'new'}, because of {closed}" in said
    assert "name a folder such as /opt/NAME by --environment" in said and not (closed / "new").exists()
    assert service.files() == before


def test_interrupt(service: Service) -> None:
    """While Orthanc starts with the changes: they are undone, whatever else is pressed."""
    path = service.server.write("hello.py", "import time\ntime.sleep(1000)\n")
    before = service.files()
    with service.started("--script", path, "--yes") as process:
        assert process.stdout is not None
        said = ""
        while "restarted the service orthanc" not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        while "removed" not in said:
            said += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        said += process.stdout.read()
        process.wait(60)
    assert process.returncode == 1 and "restarted the service orthanc as it was" in said, said
    service.server.wait()
    assert service.files() == before and service.server.loaded() == OTHERS


def test_refusals(service: Service) -> None:
    before = service.files()
    assert "name one by --script FILE" in service.setup("--yes", status=1)
    assert "there is no script nothere.py" in service.setup("--script", "nothere.py", "--yes", status=1)
    path = script(service)
    assert "add --yes" in service.setup("--script", path, status=1)
    service.server.write("b.json", '{"Plugins": []}')
    assert "it stands in two files" in service.setup("--script", path, "--yes", status=1)
    for name in ("hello.py", "b.json"):
        (service.server.etc / name).unlink()
    assert service.files() == before


def test_undo_after_a_change_by_hand(service: Service) -> None:
    service.setup("--script", script(service), "--yes")
    own = service.server.etc / "orthanc-python.json"
    own.write_text(own.read_text().replace('"Path"', '"Verbose": true, "Path"'))
    before = service.files()
    assert f"{own} was changed since" in service.setup("--undo", "--yes", status=1)
    assert service.files() == before
