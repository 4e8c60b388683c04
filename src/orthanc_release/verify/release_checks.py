# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a release says of itself is true: manifest.json, SHA256SUMS, bill of materials and provenance.

Each description is made once more of the files and their sources, and compared.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from orthanc_release.artifacts import Artifact, Manifest
from orthanc_release.describe.describe import NOT_RUN, artifact_of, name_of_bill, name_of_provenance
from orthanc_release.describe.json_text import json_text
from orthanc_release.describe.provenance import LOCAL_BUILDER, provenance
from orthanc_release.describe.release_folder import MINISIGN
from orthanc_release.describe.sbom import bill_of_materials
from orthanc_release.describe.sums import SUMS, sums_of
from orthanc_release.inspection.for_users import problems_of_manifest
from orthanc_release.inspection.model import Inspection
from orthanc_release.libraries.model import some_of
from orthanc_release.lock.locked import LOCK
from orthanc_release.materials import newest_sdk
from orthanc_release.signing.former_signers import former_signers_of
from orthanc_release.signing.sign import TRUST, pinned
from orthanc_release.sources import Source, commit_of_tag
from orthanc_release.targets import ROOT, SYSTEMS, Target, runners_of
from orthanc_release.trial.trial import PLACES
from orthanc_release.verify.signature_checks import Problem, problems_of_signatures, signatures_of

# Whose versions are those of the environment that made the release.
TOOLS = {"nanobind", "robin-map", "zig", "ziglang"}
WORKFLOW = re.compile(r"(https://github\.com)/([\w.-]+/[\w.-]+)/\.github/workflows/release\.yml@(refs/\S+)", re.ASCII)
RUN = re.compile(r".*/actions/runs/(\d+)/attempts/(\d+)", re.ASCII)
MACHINE = r"on {system} ?[\w.+-]{{0,40}}"  # by a note of builds/native.py


def problems_of_release(folder: Path, manifest: Manifest, source: Source | None) -> Iterator[Problem]:
    """Yield what is wrong with the descriptions of a release, other than of single files."""
    # By their bytes: sha256sum does not read a line that ends as on Windows.
    if (folder / "manifest.json").read_bytes() != manifest.text().encode():
        yield "manifest.json", "is not as ci/release writes it"
    yield from (("manifest.json", problem) for problem in problems_of_manifest(folder))
    if len({artifact.name for artifact in manifest.files}) != len(manifest.files):
        yield "manifest.json", "has a file twice"
    unlisted = {SUMS, *signatures_of(folder)}
    listed = [path for path in folder.iterdir() if path.is_file() and path.name not in unlisted]
    if (folder / SUMS).read_bytes() != sums_of(listed).encode(errors="surrogateescape"):
        yield SUMS, "is not as ci/release writes it: a line for each file, in their order"
    if source is not None:
        yield from (("manifest.json", problem) for problem in _problems_of_source(manifest, source))
    yield from _problems_of_bill(folder, manifest, source)
    yield from _problems_of_provenance(folder, manifest, source)
    yield from problems_of_signatures(folder, manifest.version)


def descriptions_of(manifest: Manifest) -> set[str]:
    """Return the names of the files that describe a release, and which manifest.json does not list."""
    return {"manifest.json", name_of_bill(manifest.version), name_of_provenance(manifest.version)}


def problems_of_facts(found: Inspection, artifact: Artifact) -> Iterator[str]:
    """Yield what manifest.json says of a file and the file does not."""
    own, told = asdict(artifact_of(found)), asdict(artifact)
    for key in own.keys() - {"size", "sha256", "run"}:  # the first two are compared anyway
        if own[key] != told[key]:
            yield f"has the {key} {_text(own[key])}, manifest.json says {_text(told[key])}"
    if [entry.partition(": ")[0] for entry in artifact.run] != list(found.pythons):
        runs = _text(artifact.run) or "nothing"
        yield f"is for CPython {_text(found.pythons) or 'none'}, manifest.json says where it has run: {runs}"
    for place in (entry.partition(": ")[2] for entry in artifact.run):
        if place != NOT_RUN and not _can_run(found.target, place):
            yield f"has run {place[:60]!r} by manifest.json, and nothing runs it there"


def _can_run(target: Target | None, place: str) -> bool:
    """Return whether a library of a target can have run at a place of manifest.json."""
    if target is None:
        return False
    machine = re.compile(MACHINE.format(system=SYSTEMS[target.system]), re.ASCII)
    return place in [PLACES[runner] for runner in runners_of(target)] or machine.fullmatch(place) is not None


def compare_with_tag(manifest: Manifest) -> tuple[list[str], list[str]]:
    """Compare the commit of manifest.json with the tag of its version. Return problems, or a note without a tag here."""
    tagged = commit_of_tag(manifest.version)
    if tagged is None:
        return [], [f"this checkout has no tag v{manifest.version} to compare its commit with"]
    if tagged != manifest.commit:
        return [f"has the commit {manifest.commit}; the tag v{manifest.version} has {tagged}"], []
    return [], []


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, (list, tuple)) else str(value)


def _problems_of_source(manifest: Manifest, source: Source) -> Iterator[str]:
    if not (source.folder / "pyproject.toml").is_file():
        yield f"cannot be compared with its sources: the commit {source.commit} has no pyproject.toml"
        return
    if manifest.version != source.version:
        yield f"says version {manifest.version}; its sources are version {source.version}"
    date = datetime.datetime.fromtimestamp(source.seconds, datetime.timezone.utc).date().isoformat()
    if manifest.date != date:
        yield f"says {manifest.date}; the commit is of {date}"
    newest = newest_sdk(source.folder)
    if others := {artifact.sdk for artifact in manifest.files if artifact.sdk is not None} - {newest}:
        yield f"says that files were built with the SDK {some_of(others)}; the newest of its sources is {newest or 'none'}"


def _problems_of_bill(folder: Path, manifest: Manifest, source: Source | None) -> Iterator[Problem]:
    name = name_of_bill(manifest.version)
    try:
        found = _read_json(folder / name)
        expected = json.loads(bill_of_materials(manifest, _folder_of(source)))
    except (OSError, ValueError, KeyError, RecursionError) as error:
        yield name, f"cannot be compared: {error}"
        return
    if not _same(found, expected, source) or (folder / name).read_bytes() != json_text(found).encode():
        yield name, "is not the bill of materials of these files"


def _problems_of_provenance(folder: Path, manifest: Manifest, source: Source | None) -> Iterator[Problem]:
    name = name_of_provenance(manifest.version)
    try:
        found = _read_json(folder / name)
        signatures = signatures_of(folder)
        environment = _environment_of(found, manifest.version, is_signed=bool(signatures))
        if not environment and signatures - {MINISIGN}:
            raise ValueError("a workflow has signed the release, and its builder is a machine that nobody vouches for")
        expected = json.loads(provenance(manifest, environment, _folder_of(source)))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        yield name, f"cannot be compared: {error}"
        return
    if not _same(found, expected, source) or (folder / name).read_bytes() != json_text(found).encode():
        yield name, "is not the provenance of these files"


def _folder_of(source: Source | None) -> Path:
    """Return the folder of the sources that a release's descriptions are made of once more."""
    return source.folder if source is not None and (source.folder / LOCK).is_file() else ROOT


def _read_json(file: Path) -> Any:
    """Return the content of a file with each key once."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(pairs) != len(dict(pairs)):
            raise ValueError("it has a key twice")
        return dict(pairs)

    return json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=once)


def _environment_of(statement: Any, version: str, is_signed: bool) -> dict[str, str]:
    """Return the variables of the run of the workflow that made a statement; none for a build elsewhere.

    Raises:
        ValueError: no run of this project's workflow makes that version.
    """
    details = statement["predicate"]["runDetails"]
    builder = details["builder"]["id"]
    if builder == LOCAL_BUILDER:
        return {}
    workflow, run = WORKFLOW.fullmatch(builder), RUN.fullmatch(details["metadata"]["invocationId"])
    if workflow is None or run is None:
        raise ValueError(f"unknown builder: {builder}")
    # Of a branch is what the workflow makes for a rehearsal, also in a fork. Nothing signs that.
    is_rehearsal = not is_signed and not workflow[3].startswith("refs/tags/")
    if workflow[3] != f"refs/tags/v{version}" and not is_rehearsal:
        raise ValueError(f"its builder ran for {workflow[3]}, and this is version {version}")
    trusted = pinned().repository
    if is_signed and not trusted:
        raise ValueError(f"its builder is the workflow of {workflow[2]}, and users trust none: see {TRUST}/__init__.py")
    if trusted and not is_rehearsal and workflow[2] not in (trusted, *former_signers_of(version).repositories):
        raise ValueError(f"its builder is the workflow of {workflow[2]}, and users trust that of {trusted}")
    return {
        "GITHUB_SERVER_URL": workflow[1],
        "GITHUB_REPOSITORY": workflow[2],
        "GITHUB_REF": workflow[3],
        "GITHUB_WORKFLOW_REF": builder.removeprefix(f"{workflow[1]}/"),
        "GITHUB_RUN_ID": run[1],
        "GITHUB_RUN_ATTEMPT": run[2],
    }


def _same(found: Any, expected: Any, source: Source | None) -> bool:
    """Compare two descriptions; without versions of tools for sources that are built with other tools than these."""
    lock = source.folder / LOCK if source is not None else None
    if lock is not None and lock.is_file() and lock.read_bytes() == (ROOT / LOCK).read_bytes():
        return json_text(found) == json_text(expected)  # for Python, true is 1
    return json_text(_without_tools(found)) == json_text(_without_tools(expected))


def _without_tools(value: Any) -> Any:
    if isinstance(value, dict):
        versions = {"version": "*"} if value.get("name") in TOOLS else {}
        return {key: _without_tools(each) for key, each in {**value, **versions}.items()}
    if isinstance(value, list):
        return [_without_tools(each) for each in value]
    return re.sub(rf"\b({'|'.join(TOOLS)})@[\w.]+", r"\1@*", value) if isinstance(value, str) else value
