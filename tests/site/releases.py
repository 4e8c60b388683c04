# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of releases with a file for every target and Python: small, but with honest digests, and wheels that pip installs."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import sys
import tarfile
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from orthanc_release.artifacts import Artifact, Manifest, bundle_name, plugin_name, sha256
from orthanc_release.site import make
from orthanc_release.targets import Target, oldest_system, read_targets, versions_of
from orthanc_release.wheel_tags import interpreter_tag

ROOT = Path(__file__).resolve().parents[2]
PLATFORMS = {
    "linux-x86_64": "manylinux_2_28_x86_64",
    "linux-aarch64": "manylinux_2_28_aarch64",
    "windows-x86_64": "win_amd64",
    "windows-x86": "win32",
    "windows-arm64": "win_arm64",
    "macos-arm64": "macosx_11_0_arm64",
    "macos-x86_64": "macosx_11_0_x86_64",
}
METADATA = """\
Metadata-Version: 2.1
Name: orthanc-python
Version: {version}
Requires-Python: >=3.10
"""


def make_release(folder: Path, version: str = "0.1.0", date: str = "2026-11-20") -> Path:
    """A whole release. Linux x86_64 for the Python of these tests has its wheel, whatever that Python is."""
    folder.mkdir(parents=True)
    files = []
    for target in read_targets().values():
        pythons = target.pythons or versions_of(target, tested=False)
        files.append(_add(folder, bundle_name(version, target), _bundle(target, pythons), "bundle", pythons, target))
        for python in target.pythons:
            content = f"plugin of {target.name} for {python}, release {version}\n".encode() * 1000
            files.append(_add(folder, plugin_name(version, python, target), content, "plugin", (python,), target))
            tag = f"{interpreter_tag(python)}-{PLATFORMS[target.name]}"
            content = _wheel(version, tag)
            name = f"orthanc_python-{version}-{tag}.whl"
            files.append(_add(folder, name, content, "wheel", (python,), target))
    files.append(_add(folder, f"orthanc_python-{version}.tar.gz", _source_distribution(version), "sdist"))
    files.append(_add(folder, "orthanc.pyi", b"def LogWarning(message: str) -> None: ...\n", "stub"))
    (folder / "sbom.cdx.json").write_text('{"bomFormat": "CycloneDX"}\n', encoding="utf-8")
    (folder / "orthanc.pyi.sigstore.json").write_text('{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}\n')
    write_manifest(folder, Manifest(version, date, "0123456789abcdef0123456789abcdef01234567", tuple(files)))
    return folder


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The manifest, and the digests of all files."""
    manifest.write(folder)
    sums = [
        f"{sha256(file)}  {file.name}\n" for file in sorted(folder.iterdir()) if not re.search("SHA256SUMS|sigstore", file.name)
    ]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


@dataclass(frozen=True)
class Done:
    """The output of a run of the command."""

    returncode: int
    stdout: str
    stderr: str


def make_site(*arguments: str | Path) -> Done:
    """Run the command in this process: its start would take longer than its work."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        status = make.main([*map(str, arguments)])
    return Done(status, stdout.getvalue(), stderr.getvalue())


def _add(
    folder: Path, name: str, content: bytes, kind: str, pythons: tuple[str, ...] = (), target: Target | None = None
) -> Artifact:
    (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    if target is None:
        return Artifact(name, kind, len(content), digest)
    described = (target.name, target.system, target.processor, oldest_system(target, pythons, target.minimum))
    run = tuple(f"{python}: {'under Wine' if target.runs_anywhere(python) else 'not run'}" for python in pythons)
    return Artifact(name, kind, len(content), digest, pythons, *described, "1.12.10", "clang 20.1.2", run)


def _bundle(target: Target, pythons: tuple[str, ...]) -> bytes:
    return _zip({target.loader: b"loader\n"} | {target.plugin(python).as_posix(): b"plugin\n" for python in pythons})


def _wheel(version: str, tag: str) -> bytes:
    folder = f"orthanc_python-{version}.dist-info"
    files = {
        "orthanc_python/__init__.py": f'__version__ = "{version}"\n'.encode(),
        f"{folder}/METADATA": METADATA.format(version=version).encode(),
        f"{folder}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
    }
    record = ""
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        record += f"{name},sha256={digest},{len(content)}\n"
    return _zip(files | {f"{folder}/RECORD": f"{record}{folder}/RECORD,,\n".encode()})


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def _source_distribution(version: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        content = METADATA.format(version=version).encode()
        entry = tarfile.TarInfo(f"orthanc_python-{version}/PKG-INFO")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def wheel_of_this_python(version: str = "0.1.0") -> str:
    """Name of the wheel that pip of this Python takes on Linux."""
    tag = re.sub(r"\.", "", f"cp{sys.version_info.major}.{sys.version_info.minor}")
    return f"orthanc_python-{version}-{tag}-{tag}-manylinux_2_28_x86_64.whl"
