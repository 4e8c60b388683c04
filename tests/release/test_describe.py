# SPDX-License-Identifier: GPL-3.0-or-later
"""The descriptions of a release's files are true, valid, and the same wherever they are made."""

from __future__ import annotations

import json
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import FOLDER, ROOT, USED, VERSION, Outcome, alter, run
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as Message

from orthanc_release.artifacts import sha256
from tests.checkout import copy_checkout


def read(release: Path, name: str) -> Any:
    return json.loads((release / name).read_text(encoding="utf-8"))


def test_the_manifest(release: Path) -> None:
    manifest = read(release, "manifest.json")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    assert manifest["version"] == VERSION and manifest["commit"].removesuffix("-dirty") == commit
    files = {file["name"]: file for file in manifest["files"]}
    for name, file in files.items():
        assert (file["size"], file["sha256"]) == ((release / name).stat().st_size, sha256(release / name))
    plugin = files[f"OrthancPython-{VERSION}-python3.11-linux-aarch64.so"]
    facts = {key: plugin[key] for key in ("kind", "pythons", "target", "system", "processor", "minimum")}
    assert facts == {
        "kind": "plugin",
        "pythons": ["3.11"],
        "target": "linux-aarch64",
        "system": "linux",
        "processor": "arm64",
        "minimum": "2.28",
    }
    assert plugin["run"] == ["3.11: not run"]  # this release was made so
    facts_of_build = (FOLDER / "linux-aarch64" / "build-pythons" / "generated" / "build_facts.py").read_text()
    assert f'SDK = "{plugin["sdk"]}"' in facts_of_build and f'COMPILER = "{plugin["compiler"]}"' in facts_of_build
    assert files[f"OrthancPython-{VERSION}-python3.13-windows-x86_64.dll"]["compiler"].startswith("GNU ")
    # CPython 3.13 needs Windows 10, 3.10 in the bundle Windows 8.1.
    assert files[f"OrthancPython-{VERSION}-python3.13-windows-x86_64.dll"]["minimum"] == "10.0"
    assert files[f"OrthancPython-{VERSION}-windows-x86_64.zip"]["minimum"] == "6.3"
    kinds = [file["kind"] for file in manifest["files"]]
    assert {kind: kinds.count(kind) for kind in ("bundle", "sdist", "stub")} == {"bundle": len(USED), "sdist": 1, "stub": 1}
    wheel = next(file for file in manifest["files"] if file["name"].endswith("cp313-cp313-macosx_11_0_arm64.whl"))
    assert (wheel["kind"], wheel["pythons"], wheel["target"], wheel["minimum"]) == ("wheel", ["3.13"], "macos-arm64", "11.0")


def test_checksums_as_sha256sum_reads_them(release: Path, copy_of: Callable[..., Path]) -> None:
    folder = copy_of(release)
    command = ["sha256sum", "--check", "--ignore-missing", "SHA256SUMS"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(list(folder.iterdir())) - 1
    alter(folder / "orthanc.pyi")
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode != 0


def test_the_bill_of_materials(release: Path) -> None:
    text = (release / f"OrthancPython-{VERSION}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)
    parts = {component["bom-ref"]: component for component in bill["components"]}
    needs = {each["ref"]: set(each.get("dependsOn", ())) for each in bill["dependencies"]}
    linux, windows = f"OrthancPython-{VERSION}-linux-x86_64.zip", f"OrthancPython-{VERSION}-windows-x86_64.zip"
    assert parts[linux]["hashes"] == [{"alg": "SHA-256", "content": sha256(release / linux)}]
    named = {name: {parts[ref]["name"] for ref in needs[name]} for name in (linux, windows, f"orthanc_python-{VERSION}.tar.gz")}
    assert named[linux] >= {"nanobind", "robin-map", "libc++", "libc++abi", "Orthanc plugin SDK"}
    assert "libunwind" not in named[linux]  # that of each Linux is used
    assert named[windows] >= {"nanobind", "libstdc++", "libgcc", "mingw-w64"} and "libc++" not in named[windows]
    with tarfile.open(release / f"orthanc_python-{VERSION}.tar.gz") as archive:
        information = archive.extractfile(f"orthanc_python-{VERSION}/PKG-INFO")
        assert information is not None
        needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", information.read().decode(), re.MULTILINE)
    assert named[f"orthanc_python-{VERSION}.tar.gz"] == set(needed) and "click" in needed


def test_the_provenance(release: Path) -> None:
    statement = read(release, f"OrthancPython-{VERSION}.intoto.json")
    message = ParseDict(statement, Message())
    Statement.copy_from_pb(message).validate()
    ParseDict(statement["predicate"], provenance_pb2.Provenance())  # raises for a field that SLSA does not know
    subjects = {each["name"]: each["digest"]["sha256"] for each in statement["subject"]}
    assert subjects == {file["name"]: file["sha256"] for file in read(release, "manifest.json")["files"]}


def test_the_builder_is_the_workflow(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orthanc_release.describe.provenance import provenance
    from orthanc_release.describe.sums import read_manifest

    variables = {
        "GITHUB_SERVER_URL": "https://forge.example",
        "GITHUB_REPOSITORY": "owner/project",
        "GITHUB_REF": f"refs/tags/v{VERSION}",
        "GITHUB_WORKFLOW_REF": f"owner/project/.github/workflows/release.yml@refs/tags/v{VERSION}",
        "GITHUB_RUN_ID": "7",
    }
    predicate = json.loads(provenance(read_manifest(release), variables))["predicate"]
    builder = predicate["runDetails"]["builder"]["id"]
    assert builder == f"https://forge.example/owner/project/.github/workflows/release.yml@refs/tags/v{VERSION}"
    source = predicate["buildDefinition"]["resolvedDependencies"][0]
    assert source["uri"] == f"git+https://forge.example/owner/project@refs/tags/v{VERSION}"


def test_the_same_release_from_another_folder(release: Path, tmp_path: Path) -> None:
    """A copy of the sources without git, in another folder and later."""
    sources = copy_checkout(tmp_path / "elsewhere" / "sources")
    log = ["git", "log", "-1", "--format=%ct"]
    date = subprocess.run(log, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    made = run(
        "release",
        "--targets",
        FOLDER,
        "--output",
        tmp_path / "again",
        "--no-run",
        "--tested",
        *USED,
        root=sources,
        SOURCE_DATE_EPOCH=date,
        ORTHANC_PYTHON_COMMIT=read(release, "manifest.json")["commit"],
        TZ="Pacific/Auckland",
    )
    assert made.status == 0, made.text
    assert {path.name: sha256(path) for path in (tmp_path / "again").iterdir()} == {
        path.name: sha256(path) for path in release.iterdir()
    }


def test_without_an_identity_it_is_unsigned(making: tuple[Path, Outcome]) -> None:
    folder, made = making
    assert made.status == 0 and "unsigned: no identity" in made.text
    assert not list(folder.glob("*.sigstore.json"))
