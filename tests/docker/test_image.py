# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises of the image."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import lief
import requests
from conftest import IMAGE, Container, podman
from pydicom.data import get_testdata_file

Start = Callable[..., Container]
Options = tuple[str, ...]


def run_in_image(command: str) -> str:
    """The output of a shell's command in a container of its own, without Orthanc."""
    return podman("run", "--rm", "--network=none", "--entrypoint=sh", IMAGE, "-c", command)


def test_a_script_that_is_mounted_answers(start: Start, hello: Options) -> None:
    container = start(*hello)
    assert requests.get(f"{container.url}/hello", timeout=30).text == "Hello, world!\n"
    assert "WARNING: no password is set" in container.log()


def test_the_first_programs_are_not_roots(start: Start, hello: Options) -> None:
    container = start(*hello)
    uids = container.run(
        "sh", "-c", "for status in /proc/[0-9]*/status; do sed -n 's/^Uid:\\t\\([0-9]*\\).*/\\1/p' $status; done"
    )
    assert set(uids.split()) == {"999"}
    assert container.run("id", "--user", "--name") == "orthanc"
    assert container.run("cat", "/proc/1/comm") == "Orthanc"  # which therefore gets the signal to stop


def test_it_stops_by_itself(start: Start, hello: Options) -> None:
    container = start(*hello)
    assert container.stop() == 0
    assert "Orthanc has stopped" in container.log()


def test_health(start: Start, hello: Options) -> None:
    container = start(*hello, "--env", "ORTHANC_PASSWORD=secret")
    podman("healthcheck", "run", container.name)
    check = json.loads(podman("inspect", "--format", "{{json .State.Health}}", container.name))
    assert check["Status"] == "healthy"
    script = ["python3", "/usr/share/orthanc-python/healthcheck.py"]
    command = ["podman", "exec", "--env", "ORTHANC_HEALTH_URL=http://127.0.0.1:1/", container.name, *script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Orthanc does not answer" in done.stderr


def test_users(start: Start, hello: Options, tmp_path: Path) -> None:
    password = 'pass"word\\${'
    secret = tmp_path / "password"
    secret.write_text(f"{password}\n", encoding="utf-8")
    mounted = ("--volume", f"{secret}:/run/secrets/password:ro", "--env", "ORTHANC_PASSWORD_FILE=/run/secrets/password")
    container = start(*hello, *mounted, "--env", "ORTHANC_USER=ada")
    url = f"{container.url}/hello"
    assert requests.get(url, timeout=30).status_code == 401
    assert requests.get(url, auth=("ada", "wrong"), timeout=30).status_code == 401
    assert requests.get(url, auth=("ada", password), timeout=30).text == "Hello, world!\n"
    assert "WARNING" not in container.log().partition("Orthanc version")[0]


def test_mounted_files_that_account_999_cannot_read(hello: Options, tmp_path: Path) -> None:
    """The container ends, and its error names the fix."""
    secret, settings = tmp_path / "secret", tmp_path / "more.json"
    for file in (secret, settings):
        file.write_text("{}", encoding="utf-8")
        file.chmod(0o600)
    as_secret = ("--volume", f"{secret}:/run/secrets/orthanc:ro", "--env", "ORTHANC_PASSWORD_FILE=/run/secrets/orthanc")
    for options in (as_secret, ("--volume", f"{settings}:/etc/orthanc/more.json:ro")):
        command = ["podman", "run", "--rm", *hello, *options, IMAGE]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1 and "the account 999 cannot read" in done.stderr and "sudo chown 999 FILE" in done.stderr
        assert "Traceback" not in done.stderr


def test_what_is_stored_outlives_the_container(start: Start, hello: Options) -> None:
    volume = podman("volume", "create")
    try:
        first = start(*hello, "--volume", f"{volume}:/var/lib/orthanc/db")
        content = Path(str(get_testdata_file("CT_small.dcm"))).read_bytes()
        instance = requests.post(f"{first.url}/instances", data=content, timeout=30).json()["ID"]
        assert first.stop() == 0
        first.remove()
        second = start(*hello, "--volume", f"{volume}:/var/lib/orthanc/db")
        assert requests.get(f"{second.url}/instances", timeout=30).json() == [instance]
        assert requests.get(f"{second.url}/instances/{instance}/file", timeout=30).content == content
        second.remove()
    finally:
        podman("volume", "rm", "--force", volume)


def test_further_settings_and_chosen_scripts(start: Start, tmp_path: Path) -> None:
    (tmp_path / "name.json").write_text('{"DicomAet": "ADA"}', encoding="utf-8")
    (tmp_path / "chosen.py").write_text("import orthanc, part\northanc.LogWarning(f'chosen {part.NAME}')\n", encoding="utf-8")
    (tmp_path / "part.py").write_text("NAME = 'with its part'\n", encoding="utf-8")
    mounts = [f"--volume={file}:/etc/orthanc/{file.name}:ro" for file in tmp_path.iterdir()]
    container = start(*mounts, "--env", "ORTHANC_SCRIPTS=/etc/orthanc/chosen.py")
    assert requests.get(f"{container.url}/system", timeout=30).json()["DicomAet"] == "ADA"
    assert "chosen with its part" in container.log()


def test_settings_of_the_plugin(start: Start, hello: Options) -> None:
    container = start(*hello, "--env", 'ORTHANC_PYTHON_SETTINGS={"Dashboard": true}')
    assert requests.get(f"{container.url}/python/", timeout=30).status_code == 200


def test_without_a_script_the_log_names_the_fix(start: Start) -> None:
    assert "-v ./hello.py:/etc/orthanc/hello.py:ro" in start().log()


def test_it_runs_without_privileges_on_a_file_system_that_cannot_be_written(start: Start, hello: Options) -> None:
    hardened = ("--read-only", "--tmpfs=/tmp", "--cap-drop=all", "--security-opt=no-new-privileges")
    assert requests.get(f"{start(*hello, *hardened).url}/hello", timeout=30).text == "Hello, world!\n"


def test_content() -> None:
    found = run_in_image("ls /usr/bin /etc/orthanc; cat /etc/apt/apt.conf.d/* /etc/pip.conf || true")
    names = set(found.split())
    assert {"python3", "orthanc.json"} <= names
    assert not {name for name in names if name.endswith(("gcc", "g++", "-ld", "cmake", "ninja", "pip", "pip3"))}
    assert "credentials.json" not in names  # Debian's, whose keys would stand twice
    assert "Check-Valid-Until" not in found and "index-url" not in found  # of the build alone


def test_the_plugin_is_installed_as_debian_installs_plugins(tmp_path: Path) -> None:
    where = "/usr/share/orthanc/plugins/libOrthancPython.so"
    triplet = run_in_image("ls /usr/lib | grep -- -linux-gnu")
    assert run_in_image(f"readlink -f {where}") == f"/usr/lib/{triplet}/orthanc/libOrthancPython.so"
    assert "hello.py" in run_in_image("ls /usr/share/doc/orthanc-python/examples").split()
    (tmp_path / "plugin.so").write_bytes(base64.b64decode(run_in_image(f"base64 {where}")))
    library = lief.ELF.parse(tmp_path / "plugin.so")
    assert library is not None
    tags = {entry.tag for entry in library.dynamic_entries}
    assert not tags & {lief.ELF.DynamicEntry.TAG.RPATH, lief.ELF.DynamicEntry.TAG.RUNPATH}
    assert [name for name in library.libraries if name.startswith("libpython3.")]


def test_labels() -> None:
    (image,) = json.loads(podman("image", "inspect", IMAGE))
    labels = image["Config"]["Labels"]
    assert labels["org.opencontainers.image.licenses"] == "GPL-3.0-or-later"
    assert labels["org.opencontainers.image.version"] in (Path(__file__).parents[2] / "pyproject.toml").read_text(
        encoding="utf-8"
    )
    assert image["Config"]["StopSignal"] == "SIGTERM" and image["Config"]["User"] == "999:999"
