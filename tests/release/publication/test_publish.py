# SPDX-License-Identifier: GPL-3.0-or-later
"""A publication that was interrupted goes on, and nothing is published twice. In the place of GitHub is a program `gh`
that keeps releases in a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FOLDER, ROOT, VERSION, Outcome, run

from orthanc_release.artifacts import sha256
from orthanc_release.signing.minisign import SecretKey, new_secret
from tests.checkout import clone_checkout

KEY = SecretKey(new_secret())
SCOPE_OF_ARM = ["--tested", "--target=linux-aarch64", "--target=macos-arm64"]


class Forge:
    """The stand-in for GitHub."""

    def __init__(self, folder: Path, release: Path) -> None:
        self.folder = folder
        self.release = release
        self.sources = release.parent / "sources"
        folder.mkdir()

    @property
    def published(self) -> Path:
        return self.folder / f"v{VERSION}"

    @property
    def uploads(self) -> list[str]:
        lines = (self.folder / "calls.txt").read_text().splitlines()
        return [line.removeprefix("upload ") for line in lines if line.startswith("upload ")]

    def publish(self, *arguments: str, **environment: str) -> Outcome:
        variables = {
            "PATH": f"{ROOT / 'tests' / 'release' / 'publication'}:{os.environ['PATH']}",
            "GH_STATE": str(self.folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_REF": f"refs/tags/v{VERSION}",
            "GITHUB_SHA": json.loads((self.release / "manifest.json").read_text())["commit"],
        }
        options = [*SCOPE_OF_ARM, *arguments, self.release]
        return run("publish.publish", *options, root=self.sources, **{**variables, **environment})


@pytest.fixture(scope="session")
def clean_release(targets: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed release of a commit without changes, whose change log has its heading. It trusts the key of this test."""
    folder = tmp_path_factory.mktemp("clean")
    sources = clone_checkout(folder / "sources")
    log = sources / "CHANGELOG.md"
    log.write_text(f"# Changelog\n\n## [Unreleased]\n\n## [{VERSION}]\n\nThe first release.\n\n## [0.0.9]\n\nBefore.\n")
    trust = sources / "src" / "orthanc_python" / "trust" / "__init__.py"
    trust.write_text(f'PUBLIC_KEY = "{KEY.public}"\nREPOSITORY = ""\n')  # whatever the checkout's own are
    subprocess.run(["git", "add", "--all"], cwd=sources, check=True)
    someone = {f"GIT_{role}_{key}": "someone" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    commit = ["git", "commit", "-q", "-m", "Release"]
    tag = ["git", "tag", "-a", f"v{VERSION}", "-m", "Release"]
    for command in (commit, tag, ["git", "remote", "set-url", "origin", str(sources)]):
        subprocess.run(command, cwd=sources, check=True, env={**os.environ, **someone})
    options = ["--targets", FOLDER, "--output", folder / "release", "--no-run", "--tested"]
    made = run("release", *options, "linux-aarch64", "macos-arm64", root=sources)
    assert made.status == 0, made.text
    shutil.rmtree(folder / "release-site")
    signature = KEY.sign((folder / "release" / "manifest.json").read_bytes(), "of a test")
    (folder / "release" / "manifest.json.minisig").write_text(signature)
    return folder / "release"


@pytest.fixture
def forge(clean_release: Path, tmp_path: Path) -> Forge:
    return Forge(tmp_path / "forge", clean_release)


def test_dry_run_prints_what_would_be_sent(forge: Forge) -> None:
    outcome = forge.publish("--dry-run", GITHUB_ACTIONS="")
    assert outcome.status == 0, outcome.text
    for file in forge.release.iterdir():
        size = f"{file.stat().st_size:,}"
        lines = [
            line for line in outcome.text.splitlines() if f" {file.name} " in line and sha256(file) in line and size in line
        ]
        assert len([line for line in lines if f"GitHub release v{VERSION}" in line]) == 1
        assert len([line for line in lines if "PyPI" in line]) == (file.suffix in (".gz", ".whl"))
    assert "Nothing was sent" in outcome.text
    assert not (forge.folder / "calls.txt").exists()


def test_publishes_all_at_once(forge: Forge, tmp_path: Path) -> None:
    outcome = forge.publish("--pypi", str(tmp_path / "pypi"))
    assert outcome.status == 0, outcome.text
    facts = json.loads((forge.published / "release.json").read_text())
    assert facts == {
        "isDraft": False,
        "isPrerelease": False,
        "isLatest": True,
        "name": f"orthanc-python {VERSION}",
        "body": "The first release.\n",
    }
    sent = {path.name: sha256(path) for path in forge.published.iterdir() if path.name != "release.json"}
    assert sent == {path.name: sha256(path) for path in forge.release.iterdir()}
    names = {path.name for path in forge.release.iterdir() if path.name.startswith("orthanc_python-")}
    assert {path.name for path in (tmp_path / "pypi").iterdir()} == names and len(names) >= 2


@pytest.mark.parametrize("digests", ["yes", "no"])
def test_goes_on_after_an_interruption(forge: Forge, tmp_path: Path, digests: str) -> None:
    interrupted = forge.publish("--attempts", "1", GH_UPLOADS="3", GH_DIGESTS=digests)
    assert interrupted.status == 1 and "connection reset by peer" in interrupted.text
    assert json.loads((forge.published / "release.json").read_text())["isDraft"]
    sent = forge.uploads
    outcome = forge.publish("--pypi", str(tmp_path / "pypi"), GH_DIGESTS=digests)
    assert outcome.status == 0, outcome.text
    again = forge.uploads[len(sent) :]
    assert set(sent[:3]).isdisjoint(again), "what was there is sent once more"
    assert sent[3] in again
    assert {path.name for path in forge.published.iterdir()} - {"release.json"} == {
        path.name for path in forge.release.iterdir()
    }
    assert not json.loads((forge.published / "release.json").read_text())["isDraft"]


def test_once_more_after_the_publication(forge: Forge, tmp_path: Path, copy_of: Callable[..., Path]) -> None:
    """A later step of the workflow's job has failed: its next run has the files for PyPI again, if the release is this one."""
    assert forge.publish("--pypi", str(tmp_path / "pypi")).status == 0
    forge.release, sent = copy_of(forge.release), forge.uploads
    outcome = forge.publish("--pypi", str(tmp_path / "again"))
    assert outcome.status == 0 and f"v{VERSION} has been published on GitHub already" in outcome.text, outcome.text
    assert {path.name for path in (tmp_path / "again").iterdir()} == {path.name for path in (tmp_path / "pypi").iterdir()}
    stub = forge.published / "orthanc.pyi"
    for change in (lambda: stub.write_text("import os\n"), stub.unlink):
        change()
        outcome = forge.publish()
        assert outcome.status == 1 and "is not as it should be" in outcome.text
    assert forge.uploads == sent


def test_nothing_is_published_if_the_files_for_pypi_cannot_be_written(forge: Forge, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    outcome = forge.publish("--pypi", str(tmp_path / "file" / "pypi"))
    assert outcome.status == 1 and f"the files for PyPI cannot be put into {tmp_path}/file/pypi" in outcome.text
    assert (forge.folder / "calls.txt").read_text() == "view\n"


def test_a_file_that_is_there_with_another_content(forge: Forge) -> None:
    forge.publish("--attempts", "1", GH_UPLOADS="2")
    changed = forge.published / forge.uploads[0]
    changed.write_bytes(changed.read_bytes() + b" ")
    sent = forge.uploads
    outcome = forge.publish()
    assert outcome.status == 1
    assert f"SHA-256 {sha256(changed)[:16]}..., not {sha256(forge.release / changed.name)[:16]}..." in outcome.text
    assert forge.uploads == sent and json.loads((forge.published / "release.json").read_text())["isDraft"]


def test_a_draft_with_a_foreign_file(forge: Forge) -> None:
    forge.publish("--attempts", "1", GH_UPLOADS="1")
    (forge.published / "surprise.exe").write_bytes(b"")
    outcome = forge.publish()
    assert outcome.status == 1 and "has surprise.exe, which this release has not" in outcome.text


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"GITHUB_ACTIONS": ""}, "releases are published in CI"),
        ({"GITHUB_REF": "refs/heads/main"}, "this runs for refs/heads/main"),
        ({"GITHUB_SHA": "f" * 40}, f"this runs for the commit {'f' * 40}"),
    ],
)
def test_only_in_ci_for_the_tag_and_its_commit(forge: Forge, variables: dict[str, str], text: str) -> None:
    outcome = forge.publish(**variables)
    assert outcome.status == 1 and text in outcome.text
    assert not (forge.folder / "calls.txt").exists()


def test_an_unsigned_release(forge: Forge, copy_of: Callable[..., Path]) -> None:
    forge.release = copy_of(forge.release)
    (forge.release / "manifest.json.minisig").unlink()
    outcome = forge.publish()
    assert outcome.status == 1 and "the release lacks signatures: manifest.json.minisig; ci/sign makes them" in outcome.text
    assert not (forge.folder / "calls.txt").exists()
    assert forge.publish("--dry-run").status == 0


def test_a_signature_by_another_key(forge: Forge, copy_of: Callable[..., Path]) -> None:
    forge.release = copy_of(forge.release)
    signature = SecretKey(new_secret()).sign((forge.release / "manifest.json").read_bytes(), "of a test")
    (forge.release / "manifest.json.minisig").write_text(signature)
    outcome = forge.publish()
    assert outcome.status == 1 and "manifest.json by the key that users" in outcome.text
    assert not (forge.folder / "calls.txt").exists()


def test_a_release_that_is_not_as_described(forge: Forge, copy_of: Callable[..., Path]) -> None:
    folder = copy_of(forge.release)
    (folder / "orthanc.pyi").write_text("import os\n")
    outcome = run("publish.publish", "--dry-run", folder)
    assert outcome.status == 1 and "is not as it should be" in outcome.text
