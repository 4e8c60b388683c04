# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of wheels: pip takes the right one from it, and refuses one that is not as it was published."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import Handler, serve
from releases import Manifest, sha256, wheel_of_this_python

JSON = "application/vnd.pypi.simple.v1+json"
ENVIRONMENT = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def pip(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", *map(str, arguments), "--no-cache-dir"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=ENVIRONMENT)


def download(address: str, folder: Path, *options: str) -> list[Path]:
    done = pip("download", "--no-deps", "--index-url", f"{address}simple/", "--dest", folder, *options, "orthanc-python")
    assert done.returncode == 0, done.stderr
    return list(folder.iterdir())


class JsonHandler(Handler):
    """A server that negotiates, as PEP 691 asks for."""

    def send_head(self) -> Any:
        if self.path.startswith("/simple/") and JSON in self.headers["Accept"]:
            content = (Path(self.translate_path(self.path)) / "index.json").read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", JSON)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.server.asked.append("JSON")  # type: ignore[attr-defined]
            return io.BytesIO(content)
        return super().send_head()


def test_wheel_of_this_python_and_newest_release(site: Path, manifest: Manifest, tmp_path: Path) -> None:
    with serve(site) as (address, asked):
        (file,) = download(address, tmp_path)
    assert file.name == wheel_of_this_python()  # not the pre-release
    assert sha256(file) == next(each.sha256 for each in manifest.files if each.name == file.name)
    assert any(path.endswith(".whl.metadata") for path in asked)  # PEP 714: no wheel is downloaded to read its metadata


@pytest.mark.parametrize(
    ("platform", "python", "tag"),
    [
        ("win_amd64", "3.13", "cp313-cp313-win_amd64"),
        ("win_arm64", "3.12", "cp312-cp312-win_arm64"),
        ("macosx_14_0_arm64", "3.15", "cp315-cp315-macosx_11_0_arm64"),
        ("manylinux_2_28_aarch64", "3.10", "cp310-cp310-manylinux_2_28_aarch64"),
    ],
)
def test_wheel_of_another_machine(platform: str, python: str, tag: str, address: str, tmp_path: Path) -> None:
    options = ("--platform", platform, "--python-version", python, "--only-binary", ":all:", "--no-deps")
    (file,) = download(address, tmp_path, *options)
    assert file.name == f"orthanc_python-0.1.0-{tag}.whl"


def test_altered_wheel_is_refused(site: Path, tmp_path: Path) -> None:
    altered = tmp_path / "site"
    shutil.copytree(site, altered)
    file = altered / "0.1.0" / wheel_of_this_python()
    file.write_bytes(file.read_bytes() + b"\0")
    with serve(altered) as (address, _):
        done = pip("download", "--no-deps", "--index-url", f"{address}simple/", "--dest", tmp_path / "got", "orthanc-python")
    assert done.returncode != 0 and "HASHES" in done.stderr


def test_json(site: Path, tmp_path: Path) -> None:
    with serve(site, JsonHandler) as (address, asked):
        (file,) = download(address, tmp_path)
    assert "JSON" in asked and file.name == wheel_of_this_python()


def test_json_says_what_the_manifest_says(site: Path, manifest: Manifest) -> None:
    project = json.loads((site / "simple" / "orthanc-python" / "index.json").read_text())
    assert project["versions"] == ["0.2.0rc1", "0.1.0", "0.0.9"]
    listed = {each["filename"]: each for each in project["files"]}
    for file in manifest.files:
        if file.kind not in ("wheel", "sdist"):
            assert file.name not in listed
            continue
        entry = listed[file.name]
        assert (entry["hashes"]["sha256"], entry["size"], entry["requires-python"]) == (file.sha256, file.size, ">=3.10")
        assert sha256((site / "simple" / "orthanc-python" / entry["url"]).resolve()) == file.sha256
        if file.kind == "wheel":
            metadata = (site / "simple" / "orthanc-python" / f"{entry['url']}.metadata").resolve()
            assert entry["core-metadata"]["sha256"] == sha256(metadata) and "dist-info-metadata" not in entry
    assert json.loads((site / "simple" / "index.json").read_text())["projects"] == [{"name": "orthanc-python"}]


def test_html_says_the_same(site: Path) -> None:
    folder = site / "simple" / "orthanc-python"
    links = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag == "a":
                links.append(dict(attrs))

    Reader().feed((folder / "index.html").read_text())
    wanted = []
    for file in json.loads((folder / "index.json").read_text())["files"]:
        attributes = {
            "href": f"{file['url']}#sha256={file['hashes']['sha256']}",
            "data-requires-python": file["requires-python"],
        }
        if "core-metadata" in file:
            digest = f"sha256={file['core-metadata']['sha256']}"
            attributes |= {"data-core-metadata": digest, "data-dist-info-metadata": digest}
        wanted.append(attributes)
    assert links == wanted
