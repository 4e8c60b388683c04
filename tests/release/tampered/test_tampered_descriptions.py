# SPDX-License-Identifier: GPL-3.0-or-later
"""A release whose descriptions are not true is refused: a row for each way, on what ci/release has made."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from conftest import OTHER_VERSION, ROOT, USED, VERSION, in_one_line, verify_here
from tampered_release import (
    BILL,
    MANIFEST,
    PLUGIN,
    PROVENANCE,
    SCOPE,
    SUMS,
    Change,
    edited,
    in_bytes,
    in_text,
    linked,
    made_by,
    minisigned,
    of_file,
    of_manifest,
    removed,
    signed,
    written,
)

from orthanc_python.releases import manifest, sources
from orthanc_release.describe.sums import read_manifest
from orthanc_release.signing.sign import Pinned
from orthanc_release.targets import read_targets
from orthanc_release.verify import release_checks, signature_checks

pytestmark = pytest.mark.usefixtures("inspected_once")

FOR_USERS = "manifest.json is not a manifest of a release: "
ROWS: list[tuple[str, Change, str]] = [
    # Facts that the files contradict.
    ("another SDK", of_file(sdk="1.12.7"), f"{PLUGIN} has the sdk 1.13.0, manifest.json says 1.12.7"),
    ("an SDK that is not the newest", of_file(sdk="1.12.7"), "with the SDK 1.12.7; the newest of its sources is 1.13.0"),
    ("no SDK", of_file(sdk=None), f"{PLUGIN} has the sdk 1.13.0, manifest.json says None"),
    ("another compiler", of_file(compiler="GNU 12.2.0"), "has the compiler Clang 20.1.2, manifest.json says GNU 12.2.0"),
    ("another minimum", of_file(minimum="2.17"), "has the minimum 2.28, manifest.json says 2.17"),
    ("another processor", of_file(processor="x86_64"), "has the processor arm64, manifest.json says x86_64"),
    ("another system", of_file(system="macos"), "has the system linux, manifest.json says macos"),
    ("another target", of_file(target="linux-x86_64"), "has the target linux-aarch64, manifest.json says linux-x86_64"),
    ("another CPython", of_file(pythons=["3.13"]), "has the pythons 3.11, manifest.json says 3.13"),
    ("a run of another CPython", of_file(run=["3.13: natively"]), "manifest.json says where it has run: 3.13: natively"),
    ("nothing of runs", of_file(run=[]), "is for CPython 3.11, manifest.json says where it has run: nothing"),
    ("another kind", of_file(kind="bundle"), "has the kind plugin, manifest.json says bundle"),
    ("another size", of_file(size=1), "manifest.json says 1"),
    ("another checksum", of_file(sha256="0" * 64), f"manifest.json says {'0' * 64}"),
    ("another name", of_file(name=PLUGIN.replace("3.11", "3.12")), "is missing, manifest.json has it"),
    ("an unknown commit", of_manifest(commit="0123456789" * 4), "which this checkout does not have"),
    ("no commit", of_manifest(commit="HEAD"), "was made of HEAD, which is not a commit"),
    ("another day", of_manifest(date="2020-01-01"), "manifest.json says 2020-01-01; the commit is of"),
    (
        "a newer version",
        of_manifest(version=OTHER_VERSION),
        f"manifest.json says version {OTHER_VERSION}; its sources are version {VERSION}",
    ),
    ("an older version", of_manifest(version="0.0.9"), f"manifest.json says version 0.0.9; its sources are version {VERSION}"),
    ("another format", of_manifest(format=2), "has the format 2"),
    ("a key more", of_manifest(url="https://evil.example"), "manifest.json is not of a release"),
    ("a key of a file more", of_file(url="https://evil.example"), "manifest.json is not of a release"),
    (
        "a key twice",
        in_text(MANIFEST, lambda text: text.replace("{", '{\n "version": "x",', 1)),
        "is not as ci/release writes it",
    ),
    ("a file twice", edited(MANIFEST, lambda manifest: manifest["files"].append(manifest["files"][0])), "has a file twice"),
    (
        "a file less",
        edited(MANIFEST, lambda manifest: manifest["files"].pop(0)),
        "is missing; by targets.toml",
    ),
    ("lines of Windows", in_bytes(MANIFEST, b"\n", b"\r\n"), "manifest.json is not as ci/release writes it"),
    ("a format that is true", of_manifest(format=True), "manifest.json has the format True"),
    ("a size with a fraction", of_file(size=1.5), "has a size that is not a whole number"),
    ("5 MB", of_manifest(date="x" * (5 << 20)), f"{FOR_USERS}it has more than 4 MB"),
    ("a file of no bytes", of_file(size=0), f'{FOR_USERS}of the file {PLUGIN}, "size" is 0'),
    ("a file of 300 MB", of_file(size=300 << 20), f'{FOR_USERS}of the file {PLUGIN}, "size" is 314572800'),
    ("a minimum that is a text", of_file(minimum="any"), f"{FOR_USERS}of the file {PLUGIN}, \"minimum\" is 'any'"),
    ("a run that is a text", of_file(run=["3.11: on any machine <b>"]), "has run 'on any machine <b>' by manifest.json"),
    ("a run under Wine", of_file(run=["3.11: under Wine"]), "has run 'under Wine' by manifest.json, and nothing runs it there"),
    ("a run on another system", of_file(run=["3.11: on Windows 11"]), "has run 'on Windows 11' by manifest.json, and nothing"),
    (
        "a run of a file without libraries",
        edited(MANIFEST, lambda manifest: manifest["files"][-1].update(run=["3.11: natively"])),
        "orthanc.pyi has run 'natively' by manifest.json, and nothing runs it there",
    ),
    ("a version that is a number", of_manifest(version=1), "has 1 where a text belongs: version"),
    ("a commit that is a list", of_manifest(commit=[]), "has [] where a text belongs: commit"),
    ("other spaces", in_text(MANIFEST, lambda text: text + "\n"), "manifest.json is not as ci/release writes it"),
    ("no JSON", written(MANIFEST, "{"), "manifest.json is not of a release"),
    ("a list", written(MANIFEST, "[]"), "manifest.json is not of a release"),
    ("lists in lists", written(MANIFEST, "[" * 100_000), "manifest.json is not of a release"),
    # Files that nothing lists, or that are missing.
    ("a file more", written("evil.so", "harm"), "evil.so does not belong to the release"),
    ("a hidden file", written(".evil", "harm"), ".evil does not belong to the release"),
    ("a folder", lambda folder: (folder / "evil").mkdir(), "evil is not a regular file"),
    ("a link", lambda folder: (folder / "evil.so").symlink_to("/etc/passwd"), "evil.so is not a regular file"),
    ("a bill of another version", written("OrthancPython-0.0.9.cdx.json", "{}"), "does not belong to the release"),
    ("no plugin", lambda folder: (folder / PLUGIN).unlink(), f"{PLUGIN} is missing, manifest.json has it"),
    ("no checksums", lambda folder: (folder / SUMS).unlink(), "SHA256SUMS"),
    ("a checksum less", in_text(SUMS, lambda text: text.split("\n", 1)[1]), "is not in SHA256SUMS"),
    ("a checksum more", in_text(SUMS, lambda text: f"{text}{'0' * 64}  evil.so\n"), "evil.so is missing, SHA256SUMS has it"),
    (
        "a checksum twice",
        in_text(SUMS, lambda text: f"{'0' * 64}  {PLUGIN}\n{text}"),
        "SHA256SUMS is not as ci/release writes it",
    ),
    ("checksums in lines of Windows", in_bytes(SUMS, b"\n", b"\r\n"), "SHA256SUMS is not as ci/release writes it"),
    ("checksums in another order", in_text(SUMS, lambda text: "".join(sorted(text.splitlines(True)))), "a line for each file"),
    (
        "a checksum of another form",
        in_text(SUMS, lambda text: f"SHA256 (x) = {'0' * 64}\n{text}"),
        "that sha256sum does not write",
    ),
    # The bill of materials.
    ("no bill", removed(BILL), f"{BILL} cannot be compared"),
    ("a bill of lists in lists", written(BILL, "[" * 100_000), f"{BILL} cannot be compared"),
    ("an empty bill", written(BILL, ""), f"{BILL} cannot be compared"),
    ("a bill of nothing", written(BILL, "{}"), f"{BILL} is not the bill of materials of these files"),
    ("a bill without files", edited(BILL, lambda bill: bill["components"].clear()), "is not the bill of materials"),
    (
        "a bill of another file",
        in_text(BILL, lambda text: text.replace("3.11-linux", "3.12-linux")),
        "is not the bill of materials",
    ),
    (
        "a bill with another checksum",
        edited(BILL, lambda bill: bill["components"][0].update(hashes=[])),
        "is not the bill of mat",
    ),
    ("a bill without a part", edited(BILL, lambda bill: bill["components"].pop()), "is not the bill of materials"),
    (
        "a bill with an older part",
        in_text(BILL, lambda text: text.replace('"20.1.2"', '"9.0.0"')),
        "is not the bill of materials",
    ),
    (
        "a bill of another version",
        edited(BILL, lambda bill: bill["metadata"]["component"].update(version="9")),
        "is not the bill",
    ),
    ("a bill of version true", edited(BILL, lambda bill: bill.update(version=True)), "is not the bill of materials"),
    ("a bill with spaces at its end", in_text(BILL, lambda text: text + " " * 4096), "is not the bill of materials"),
    (
        "a bill in other characters",
        in_text(BILL, lambda text: text.replace("GPL", "\\u0047PL", 1)),
        "is not the bill of materials",
    ),
    # The provenance.
    ("a provenance with spaces at its end", in_text(PROVENANCE, lambda text: text + " " * 4096), "is not the provenance"),
    ("a provenance in lines of Windows", in_bytes(PROVENANCE, b"\n", b"\r\n"), "is not the provenance"),
    ("no provenance", removed(PROVENANCE), f"{PROVENANCE} cannot be compared"),
    ("a provenance of lists in lists", written(PROVENANCE, "[" * 100_000), f"{PROVENANCE} cannot be compared"),
    ("an empty provenance", written(PROVENANCE, ""), f"{PROVENANCE} cannot be compared"),
    ("a provenance of nothing", written(PROVENANCE, "{}"), f"{PROVENANCE} cannot be compared"),
    (
        "a provenance without files",
        edited(PROVENANCE, lambda made: made["subject"].clear()),
        "is not the provenance of these files",
    ),
    (
        "a provenance without a file",
        edited(PROVENANCE, lambda made: made["subject"].pop()),
        "is not the provenance of these files",
    ),
    (
        "a provenance of another file",
        edited(PROVENANCE, lambda made: made["subject"][0]["digest"].update(sha256="0" * 64)),
        "is not the provenance of these files",
    ),
    (
        "a provenance of another commit",
        edited(PROVENANCE, lambda made: made["predicate"]["buildDefinition"]["externalParameters"].update(commit="0" * 40)),
        "is not the provenance of these files",
    ),
    (
        "a provenance of another builder",
        edited(PROVENANCE, lambda made: made["predicate"]["runDetails"]["builder"].update(id="https://evil.example/builder")),
        f"{PROVENANCE} cannot be compared",
    ),
    ("a provenance of another server", made_by(GITHUB_SERVER_URL="https://evil.example"), f"{PROVENANCE} cannot be compared"),
    (
        "a provenance of another tag",
        made_by(GITHUB_REF=f"refs/tags/v{OTHER_VERSION}"),
        f"its builder ran for refs/tags/v{OTHER_VERSION}",
    ),
    (
        "a provenance of a branch, in a signed release",
        lambda folder: (made_by(GITHUB_REF="refs/heads/main")(folder), signed()(folder)),
        "its builder ran for refs/heads/main",
    ),
    ("a provenance of another kind", edited(PROVENANCE, lambda made: made.update(predicateType="x")), "is not the provenance"),
]


def test_nothing_is_wrong(small_release: Path) -> None:
    outcome = verify_here(*SCOPE, small_release)
    assert outcome.status == 0, outcome.text
    notes = f"this checkout has no tag v{VERSION} to compare its commit with; is not signed: anyone could have made it"
    assert notes in in_one_line(outcome), outcome.text


@pytest.mark.parametrize("place", ["not run", "natively", "under QEMU", "on Linux 6.8.0-1021-azure"])
def test_places_of_runs(place: str, small_release: Path, tmp_path: Path) -> None:
    """The machine that made the release may be of another kind than this one."""
    folder = linked(small_release, tmp_path)
    of_file(run=[f"3.11: {place}"])(folder)
    assert "has run" not in verify_here(*SCOPE, folder).text


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ("linux-aarch64", "natively"),
        ("linux-x86_64", "natively"),
        ("windows-x86_64", "natively"),
        ("windows-x86_64", "under Wine"),
        ("macos-arm64", "natively"),
    ],
)
def test_places_that_can_run_a_target(target: str, place: str) -> None:
    assert release_checks._can_run(read_targets()[target], place)


@pytest.mark.parametrize(
    ("target", "place"),
    [("linux-x86_64", "under QEMU"), ("windows-arm64", "under Wine"), ("macos-universal2", "natively")],
)
def test_places_that_cannot_run_a_target(target: str, place: str) -> None:
    assert not release_checks._can_run(read_targets()[target], place)


def test_the_tag_of_another_commit(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a single file, with the manifest.json beside it."""
    (commit,) = {read_manifest(small_release).commit}
    monkeypatch.setattr(release_checks, "commit_of_tag", {VERSION: "1" * 40, "0.0.9": commit}.get)
    text = f"manifest.json has the commit {commit}; the tag v{VERSION} has {'1' * 40}"
    for path in (small_release, small_release / PLUGIN):
        outcome = verify_here(*SCOPE, path)
        assert outcome.status == 1 and text in outcome.text, outcome.text
    folder = linked(small_release, tmp_path)
    of_manifest(version="0.0.9")(folder)
    text = f"manifest.json says version 0.0.9, the name of {PLUGIN} {VERSION}"
    outcome = verify_here(*SCOPE, folder / PLUGIN)
    assert outcome.status == 1 and text in outcome.text, outcome.text
    monkeypatch.setattr(release_checks, "commit_of_tag", {VERSION: commit}.get)
    for path in (small_release, small_release / PLUGIN):
        outcome = verify_here(*SCOPE, path)
        assert outcome.status == 0 and "has no tag" not in in_one_line(outcome), outcome.text


def test_a_run_of_the_workflow(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = linked(small_release, tmp_path)
    made_by()(folder)
    outcome = verify_here(*SCOPE, folder)
    assert outcome.status == 0, outcome.text
    monkeypatch.setattr(release_checks, "pinned", lambda: Pinned("", "owner/fork"))
    assert (
        "its builder is the workflow of owner/project, and users trust that of owner/fork" in verify_here(*SCOPE, folder).text
    )


@pytest.mark.parametrize("branch", ["main", "fix+x#1", "größe"])
def test_a_rehearsal_in_a_fork(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, branch: str) -> None:
    """A contributor runs the workflow for a branch of theirs. Its release is unsigned, so that no user installs it."""
    folder = linked(small_release, tmp_path)
    made_by(GITHUB_REF=f"refs/heads/{branch}")(folder)
    monkeypatch.setattr(release_checks, "pinned", lambda: Pinned("", "owner/upstream"))
    outcome = verify_here(*SCOPE, folder)
    assert outcome.status == 0, outcome.text


def test_a_signed_run_of_a_workflow_that_nobody_trusts(
    small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While no repository is pinned, any repository's workflow could sign."""
    folder = linked(small_release, tmp_path)
    made_by()(folder)
    key = minisigned(folder)
    monkeypatch.setattr(signature_checks, "pinned", lambda: Pinned(key.public, ""))
    monkeypatch.setattr(release_checks, "pinned", lambda: Pinned(key.public, ""))
    text = "its builder is the workflow of owner/project, and users trust none: see src/orthanc_python/trust/__init__.py"
    assert text in verify_here(*SCOPE, folder).text
    monkeypatch.setattr(release_checks, "pinned", lambda: Pinned(key.public, "owner/project"))
    outcome = verify_here(*SCOPE, folder)
    assert outcome.status == 0, outcome.text


@pytest.mark.parametrize(
    ("module", "limit", "value", "text"),
    [
        (sources, "LARGEST_MANIFEST", 1000, "it has more than 0 MB"),
        (manifest, "MOST_FILES", 2, "more than 2"),
        (manifest, "LARGEST_FILE", 1000, '"size" is'),
    ],
)
def test_what_users_cannot_read(
    module: ModuleType, limit: str, value: int, text: str, small_release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is wrong with that release, nor with a file beside its manifest.json."""
    monkeypatch.setattr(module, limit, value)
    for path in (small_release, small_release / PLUGIN):
        outcome = verify_here(*SCOPE, path)
        assert outcome.status == 1 and FOR_USERS in outcome.text and text in outcome.text, outcome.text


@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_tampered_descriptions(change: Change, text: str, small_release: Path, tmp_path: Path) -> None:
    folder = linked(small_release, tmp_path)
    change(folder)
    outcome = verify_here(*SCOPE, folder)
    assert outcome.status == 1 and text in outcome.text, outcome.text


def test_another_commit(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of other sources, in a store of its own."""
    objects = (
        ROOT
        / subprocess.run(
            ["git", "rev-parse", "--git-path", "objects"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    store = tmp_path / "objects"
    store.mkdir()
    someone = {f"GIT_{role}_{key}": "someone" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    environment = {
        **os.environ,
        **someone,
        "GIT_OBJECT_DIRECTORY": str(store),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(objects),
    }
    command = ["git", "commit-tree", "-m", "other sources", "HEAD:samples"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    folder = linked(small_release, tmp_path)
    of_manifest(commit=done.stdout.strip())(folder)
    monkeypatch.setenv("GIT_ALTERNATE_OBJECT_DIRECTORIES", str(store))
    outcome = verify_here(*SCOPE, folder)
    assert outcome.status == 1 and "cannot be compared with its sources" in outcome.text, outcome.text


def test_the_targets_are_those_of_the_scope() -> None:
    assert {option.removeprefix("--without=") for option in SCOPE} == USED.keys() - {"linux-aarch64"}
