# SPDX-License-Identifier: GPL-3.0-or-later
"""How a release was made: an in-toto statement with SLSA's provenance, version 1. ci/sign signs it where it can."""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orthanc_release.artifacts import Manifest, sha256
from orthanc_release.describe.json_text import json_text
from orthanc_release.lock.locked import LOCK, read_lock
from orthanc_release.materials import Material, materials_of
from orthanc_release.targets import ROOT

LOCAL_BUILDER = "urn:orthanc-python:local-build"  # says no more than that: nobody vouches for such a machine
BUILD_TYPE = "urn:orthanc-python:ci-release:v1"


def provenance(manifest: Manifest, environment: Mapping[str, str] = os.environ, sources: Path = ROOT) -> str:
    """Return the JSON text. In GitHub's CI, the builder is the workflow, as GitHub's variables name it.

    `sources` are those of the release.
    """
    made_of = _materials(manifest, sources)
    known = {_package(each) for each in made_of}
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file.name, "digest": {"sha256": file.sha256}} for file in manifest.files],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {"command": "ci/release", "version": manifest.version, "commit": manifest.commit},
                "resolvedDependencies": [
                    _source(manifest, environment),
                    *made_of,
                    *(each for each in _requirements(sources) if _package(each) not in known),
                ],
            },
            "runDetails": _run(environment),
        },
    }
    return json_text(statement)


def _repository(environment: Mapping[str, str]) -> str | None:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY")
    return "/".join(environment[name] for name in names) if all(name in environment for name in names) else None


def _source(manifest: Manifest, environment: Mapping[str, str]) -> dict[str, Any]:
    source: dict[str, Any] = {"name": "orthanc-python", "digest": {"gitCommit": manifest.commit.removesuffix("-dirty")}}
    if (repository := _repository(environment)) is not None:
        source["uri"] = f"git+{repository}@{environment.get('GITHUB_REF', manifest.commit)}"
    return source


def _materials(manifest: Manifest, sources: Path) -> list[dict[str, Any]]:
    made_of = (material for file in manifest.files for material in materials_of(file, sources))
    found = {material for material in made_of if material.version is not None}
    found.add(Material("zig", importlib.metadata.version("ziglang"), "MIT", ("pypi", "ziglang")))
    described = []
    for material in sorted(found, key=lambda each: (each.name, each.version or "")):
        kind, name = material.package or ("generic", material.name.replace("+", "%2B").replace(" ", "-"))
        entry: dict[str, Any] = {"name": material.name, "uri": f"pkg:{kind}/{name}@{material.version}"}
        if material.sha256 is not None:
            entry["digest"] = {"sha256": material.sha256}
        described.append(entry)
    return described


def _package(entry: dict[str, Any]) -> str:
    """Return the package of an entry without its version: the lock of older sources may have another one."""
    return str(entry.get("uri", "")).partition("@")[0]


def _requirements(sources: Path) -> list[dict[str, Any]]:
    """Return the lock, with the checksum of each file of the packages, and the packages in it."""
    packages = [{"name": each.name, "uri": f"pkg:pypi/{each.name}@{each.version}"} for each in read_lock(sources)]
    return [{"name": LOCK, "digest": {"sha256": sha256(sources / LOCK)}}, *packages]


def _run(environment: Mapping[str, str]) -> dict[str, Any]:
    repository = _repository(environment)
    if repository is None or "GITHUB_WORKFLOW_REF" not in environment:
        return {"builder": {"id": LOCAL_BUILDER}}
    run = f"{repository}/actions/runs/{environment.get('GITHUB_RUN_ID')}/attempts/{environment.get('GITHUB_RUN_ATTEMPT', '1')}"
    builder = f"{environment['GITHUB_SERVER_URL']}/{environment['GITHUB_WORKFLOW_REF']}"
    return {"builder": {"id": builder}, "metadata": {"invocationId": run}}
