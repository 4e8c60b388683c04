# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/release makes what it can, says what it could not, and what it makes runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import FOLDER, USED, VERSION, run, unzipped, verify_here

from orthanc_python.server.orthanc_server import find_orthanc
from orthanc_release.pythons import foreign_pythons
from tests.left_out import no_interpreter


@pytest.fixture
def broken(tmp_path: Path, targets: object) -> Path:
    """The files of ci/build, with one target whose plugin is damaged and one without its loader."""
    folder = tmp_path / "targets"
    ignored = shutil.ignore_patterns("generated", "src", "CMakeFiles", "*.a", "sdk-*")
    shutil.copytree(FOLDER, folder, ignore=ignored, symlinks=True)
    plugin = folder / "linux-aarch64" / "OrthancPython" / "OrthancPython-python3.11.so"
    plugin.write_bytes(plugin.read_bytes()[:100_000])
    (folder / "macos-arm64" / "libOrthancPython.dylib").unlink()
    return folder


def test_what_fails_does_not_stop_the_others(broken: Path, tmp_path: Path) -> None:
    output = tmp_path / "release"
    identity = {"ACTIONS_ID_TOKEN_REQUEST_URL": "http://127.0.0.1:9/", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "none"}  # of no use
    made = run("release", "--targets", broken, "--output", output, "--no-run", "--tested", *USED, **identity)
    assert made.status == 1
    assert any("signatures" in line and "failed" in line for line in made.text.splitlines())
    refused = [line for line in made.text.splitlines() if line.startswith("refused: ")]
    assert refused and all("linux-aarch64.zip" in line for line in refused)
    assert any("macos-arm64" in line and "failed" in line for line in made.text.splitlines())
    names = {path.name for path in output.iterdir()}
    assert names >= {f"OrthancPython-{VERSION}-linux-x86_64.zip", f"OrthancPython-{VERSION}-windows-x86_64.zip", "orthanc.pyi"}
    assert not names & {f"OrthancPython-{VERSION}-linux-aarch64.zip", f"OrthancPython-{VERSION}-macos-arm64.zip"}
    # The rest is whole, and missing files are named.
    whole = run("verify.verify", "--tested", "--target=linux-x86_64", "--target=windows-x86_64", output)
    assert whole.status == 1 and "refused: " in whole.text and "is in no release" in whole.text
    assert verify_here("--without=linux-aarch64", "--without=macos-arm64", output).status == 0
    lacking = verify_here(output)
    assert lacking.status == 1
    assert f"OrthancPython-{VERSION}-linux-aarch64.zip is missing; by targets.toml the release has it" in lacking.text


def test_the_former_release_is_replaced_and_nothing_else(tmp_path: Path, targets: object) -> None:
    output = tmp_path / "release"
    arguments = ["--targets", FOLDER, "--output", output, "--no-run", "--tested", "linux-x86_64"]
    output.mkdir()
    (output / "thesis.txt").write_text("years of work")
    refused = run("release", *arguments)
    assert refused.status == 2 and "has files that are not a release" in refused.text
    (output / "thesis.txt").rename(tmp_path / "thesis.txt")
    (output / "manifest.json").write_text("{}")
    (output / "OrthancPython-0.0.9-linux-x86_64.zip").write_text("old")
    assert run("release", *arguments).status == 0
    assert not (output / "OrthancPython-0.0.9-linux-x86_64.zip").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_libraries_run_a_script_where_they_can(release: Path) -> None:
    outcome = verify_here("--run", "--targets", FOLDER, release)
    assert outcome.status == 0, outcome.text
    lines = {line.split("│")[1].strip(): line for line in outcome.text.splitlines() if line.count("│") > 5}
    assert "; ran " in lines[f"OrthancPython-{VERSION}-python3.13-linux-x86_64.so"]
    assert "ran under QEMU" in lines[f"OrthancPython-{VERSION}-python3.11-linux-aarch64.so"]
    assert "ran under Wine" in lines[f"OrthancPython-{VERSION}-python3.13-windows-x86_64.dll"]
    assert "not run: nothing here runs macos" in lines[f"OrthancPython-{VERSION}-python3.13-macos-arm64.dylib"]


def test_the_bundle_in_orthanc_as_its_readme_says(release: Path, own_port: int, tmp_path: Path) -> None:
    for name, content in unzipped(release / f"OrthancPython-{VERSION}-linux-x86_64.zip").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    readme = (tmp_path / "README.txt").read_text()
    assert "Orthanc orthanc.json" in readme and "http://localhost:8042/hello" in readme and "$" not in readme
    settings = json.loads((tmp_path / "orthanc.json").read_text())
    (tmp_path / "orthanc.json").write_text(json.dumps({**settings, "HttpPort": own_port}))
    interpreter = foreign_pythons.shared_interpreter(USED["linux-x86_64"])
    if interpreter is None:
        no_interpreter(USED["linux-x86_64"])
    environment = {**os.environ, "PATH": f"{Path(interpreter).parent}:{os.environ['PATH']}"}
    environment.pop("VIRTUAL_ENV", None)
    with (tmp_path / "log.txt").open("w") as log:
        command = [str(find_orthanc()), "orthanc.json"]
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
        try:
            assert answer(server, f"http://127.0.0.1:{own_port}/hello") == "Hello, world!\n", (tmp_path / "log.txt").read_text()
        finally:
            server.terminate()
            server.wait(60)


def answer(server: subprocess.Popen[bytes], url: str) -> str | None:
    """Return a server's answer as soon as there is one; None if it ends before."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                return str(response.read().decode())
        except ConnectionError:
            time.sleep(0.1)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                return str(error)
            time.sleep(0.1)
    return None
