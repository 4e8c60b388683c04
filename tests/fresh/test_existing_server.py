# SPDX-License-Identifier: GPL-3.0-or-later
"""A script put into Debian's Orthanc with other plugins: PostgreSQL, DICOMweb, worklists, folders. None is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from fresh_root import FreshRoot, fresh_root
from test_fresh import SUITES

pytestmark = [pytest.mark.timeout(1800), pytest.mark.skipif(os.geteuid() != 0, reason="a root of another system needs root")]

# As the unit of the package starts it; systemd does not run in a root. Orthanc answers before it handles SIGTERM.
ORTHANC = "sudo -u orthanc sh -c 'cd / && exec /usr/sbin/Orthanc --logdir=/var/log/orthanc /etc/orthanc' & orthanc=$!"
ASK = f"""
{ORTHANC}
for each in $(seq 300); do curl -sf http://127.0.0.1:8042/plugins >/tmp/plugins && break || sleep 0.1; done
curl -s http://127.0.0.1:8042/hello >/tmp/hello || true
status=/proc/$(pidof Orthanc)/status
for each in $(seq 300); do (( 0x$(sed -n 's/^SigCgt:[[:space:]]*//p' $status) & 1 << 14 )) && break || sleep 0.1; done
sudo kill $(pidof Orthanc) && wait $orthanc
set +x
echo "ANSWER $(tr -d '\\n' </tmp/plugins)"
echo "HELLO $(cat /tmp/hello)"
"""
COMMAND = "/opt/orthanc-python/bin/orthanc-python"


def answers(root: FreshRoot) -> tuple[set[str], str]:
    """Start Orthanc as its service does: the names of its plugins, and what the script answers."""
    lines = root.run(ASK, account="ada").splitlines()
    plugins, hello = (next(line for line in lines if line.startswith(start)) for start in ("ANSWER ", "HELLO "))
    return set(json.loads(plugins.removeprefix("ANSWER "))), hello.removeprefix("HELLO ")


@pytest.fixture(scope="module", params=SUITES)
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def installed(suite: str) -> Iterator[FreshRoot]:
    """A Debian with the package in /opt, and without Orthanc. The tests go on from it, each for itself."""
    with fresh_root(suite) as root:
        root.add_user("ada")
        root.run("sudo apt-get install -q cmake g++ ninja-build orthanc-dev python3-dev python3-venv", account="ada")
        root.run("sudo python3 -m venv /opt/orthanc-python && sudo /opt/orthanc-python/bin/pip install -q .", account="ada")
        yield root


def test_debian_with_other_plugins(suite: str, installed: FreshRoot) -> None:
    with fresh_root(suite, after=installed) as root:
        root.run("sudo apt-get install -q orthanc orthanc-dicomweb orthanc-postgresql curl", account="ada")
        before, _ = answers(root)
        assert {"dicom-web", "postgresql-index", "serve-folders", "worklists"} <= before and "python" not in before

        root.run("sudo cp samples/hello.py /etc/orthanc/", account="ada")
        said = root.run(f"sudo {COMMAND} setup --script /etc/orthanc/hello.py --dry-run", account="ada")
        assert "+++ /etc/orthanc/orthanc-python.json" in said
        said = root.run(f"sudo {COMMAND} setup --script /etc/orthanc/hello.py --yes", account="ada")
        assert "Now restart Orthanc: sudo service orthanc restart" in said  # the root has no systemd
        assert answers(root) == ({*before, "python"}, "Hello, world!")
        root.run(f"sudo {COMMAND} doctor", account="ada")

        root.run(f"sudo {COMMAND} setup --undo --yes", account="ada")
        assert answers(root)[0] == before


def test_debian_with_the_plugin_of_another_project(suite: str, installed: FreshRoot) -> None:
    """Debian's own Python plugin is said to be in the way, with the command that takes it away."""
    with fresh_root(suite, after=installed) as root:
        root.run("sudo apt-get install -q orthanc orthanc-python curl", account="ada")
        root.run("sudo cp samples/hello.py /etc/orthanc/", account="ada")
        said = root.run(f"! sudo {COMMAND} setup --script /etc/orthanc/hello.py --yes", account="ada")
        assert "sudo apt-get remove orthanc-python, and run this command again" in said
        root.run(
            f"sudo apt-get remove -q orthanc-python; sudo {COMMAND} setup --script /etc/orthanc/hello.py --yes", account="ada"
        )
        plugins, hello = answers(root)
        assert "python" in plugins and hello == "Hello, world!"
