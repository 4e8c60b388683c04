# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is published unsigned, nor with a signature of someone else. In the place of GitHub is a program `gh` that keeps
releases in a folder. Of ci/verify, only the checks of signatures run: these releases have no libraries."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT
from small_releases import COMMIT, KEY, REPOSITORY, SIGNED, SIGSTORE, make_release, sign_by_workflow

from orthanc_python.trust import sigstore_bundle
from orthanc_python.trust.sigstore_bundle import Keys
from orthanc_release.publish import publish
from orthanc_release.publish.github_release import GitHubRelease, PublicationError
from orthanc_release.signing import tag as tag_of_release
from orthanc_release.signing.sign import Pinned
from orthanc_release.sources import UnknownSourceError
from orthanc_release.verify import signature_checks
from orthanc_release.verify.signature_checks import problems_of_signatures
from tests.fake_sigstore import verifier_of

BUNDLES = {f"{name}.sigstore.json" for name in SIGNED}


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in for GitHub, without releases, in a run of the workflow for v0.1.0."""
    state = tmp_path / "forge"
    state.mkdir()
    variables = {
        "PATH": f"{ROOT / 'tests' / 'release' / 'publication'}:{os.environ['PATH']}",
        "GH_STATE": str(state),
        "GITHUB_ACTIONS": "true",
        "GITHUB_REF": "refs/tags/v0.1.0",
        "GITHUB_SHA": COMMIT,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for module in (publish, tag_of_release):
        monkeypatch.setattr(module, "changes_of", lambda version: f"Changes of {version}")
    monkeypatch.setattr(publish, "commit_on_origin", lambda version: COMMIT)
    monkeypatch.setattr(publish.verify, "main", check_signatures)
    return state


def check_signatures(arguments: list[str]) -> int:
    return int(any(problems_of_signatures(Path(arguments[-1]), "0.1.0")))


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release that a key and a workflow have signed. Users trust both here."""
    pytest.importorskip("sigstore", reason="the package sigstore is missing: see tests/requirements.txt")
    verifier = verifier_of(SIGSTORE, tmp_path)
    monkeypatch.setattr(sigstore_bundle, "keys", lambda: Keys(verifier))
    monkeypatch.setattr(signature_checks, "pinned", lambda: Pinned(KEY.public, REPOSITORY))
    folder = tmp_path / "release"
    make_release(folder, "0.1.0")
    sign_by_workflow(folder, "0.1.0")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Return the files of a release, on GitHub or here."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "release.json"}


def uploads(forge: Path) -> list[str]:
    lines = (forge / "calls.txt").read_text().splitlines()
    return [line.removeprefix("upload ") for line in lines if line.startswith("upload ")]


def test_all_signatures_are_published(forge: Path, signed: Path) -> None:
    assert publish.main([str(signed)]) == 0
    assert content(forge / "v0.1.0") == content(signed)
    assert {*content(signed)} == {*SIGNED, *BUNDLES, "manifest.json.minisig"}


def without(*names: str) -> Callable[[Path], None]:
    """Return a change that deletes files."""

    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


ALL = ("manifest.json.minisig", "SHA256SUMS.sigstore.json", "manifest.json.sigstore.json", "orthanc.pyi.sigstore.json")
UNSIGNED = f"the release lacks signatures: {', '.join(sorted(ALL))}; ci/sign makes them"


def test_no_signature(forge: Path, signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without(*ALL)(signed)
    assert publish.main([str(signed)]) == 1
    assert capsys.readouterr().err == f"ci/publish: {UNSIGNED}\n"
    assert list(forge.iterdir()) == []


def test_a_dry_run_without_signatures(forge: Path, signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without(*ALL)(signed)
    assert publish.main([str(signed), "--dry-run"]) == 0
    assert f"Nothing was sent. Without --dry-run, this would be refused: {UNSIGNED}\n" in capsys.readouterr().out
    assert list(forge.iterdir()) == []


def test_no_signature_where_users_trust_a_key_only(
    forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(signature_checks, "pinned", lambda: Pinned(KEY.public, ""))
    without(*ALL)(signed)
    assert publish.main([str(signed)]) == 1
    assert "the release lacks signatures: manifest.json.minisig; " in capsys.readouterr().err
    assert list(forge.iterdir()) == []
    make_release(signed, "0.1.0")
    assert publish.main([str(signed)]) == 0
    assert content(forge / "v0.1.0") == content(signed)


@pytest.mark.parametrize("names", [ALL[:1], ALL[1:], ALL[1:2]], ids=["no key", "no bundles", "a bundle less"])
def test_half_signed(names: tuple[str, ...], forge: Path, signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without(*names)(signed)
    assert publish.main([str(signed)]) == 1
    assert f"{signed} is not as it should be" in capsys.readouterr().err
    assert list(forge.iterdir()) == []
    assert signature_checks.missing_signatures(signed) == [*names]


@pytest.mark.parametrize("digests", ["yes", "no"])
def test_a_bundle_of_someone_else_in_the_draft(
    digests: str, forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is replaced. The workflow's own from an interrupted run stays."""
    monkeypatch.setenv("GH_DIGESTS", digests)
    monkeypatch.setenv("GH_UPLOADS", "5")
    assert publish.main([str(signed), "--attempts", "1"]) == 1
    assert "connection reset by peer" in capsys.readouterr().err
    sent = uploads(forge)
    assert sent == sorted(content(signed))[:6] and "manifest.json.sigstore.json" in sent[:5]
    monkeypatch.delenv("GH_UPLOADS")
    foreign = forge / "v0.1.0" / "SHA256SUMS.sigstore.json"
    foreign.write_text(json.dumps(SIGSTORE.sign((signed / "SHA256SUMS").read_bytes(), "https://github.com/evil")))
    assert publish.main([str(signed)]) == 0
    assert content(forge / "v0.1.0") == content(signed)
    assert uploads(forge)[len(sent) :] == [foreign.name, "orthanc.pyi", "orthanc.pyi.sigstore.json"]
    assert "v0.1.0 is published on GitHub: 3 files were sent, 4 were there" in capsys.readouterr().out


def test_requests_of_an_upload(
    forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A token of a workflow has 1,000 requests an hour. For each upload of its own, gh would ask for the release again."""
    files = len(content(signed))
    monkeypatch.setenv("GH_REQUESTS", str(files + 12))
    assert publish.main([str(signed)]) == 0, capsys.readouterr().err
    assert sorted(uploads(forge)) == sorted(content(signed))


def test_uploads_are_paced(forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub refuses more than 80 new files a minute."""
    pauses: list[float] = []
    assert publish.BATCH <= 80 and publish.PAUSE >= 60
    monkeypatch.setattr(publish, "BATCH", 3)
    monkeypatch.setattr("time.sleep", pauses.append)
    assert publish.main([str(signed)]) == 0
    assert len(content(signed)) == 7 and pauses == [publish.PAUSE] * 2
    assert content(forge / "v0.1.0") == content(signed)


@pytest.mark.parametrize("number", [0, 3, 6])
def test_an_error_of_the_server(
    number: int, forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 281 uploads, some are answered by HTTP 502. What is not there is sent once more, a minute later."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    monkeypatch.setenv("GH_ERROR", str(number))
    assert publish.main([str(signed)]) == 0
    assert "HTTP 502" in capsys.readouterr().err and pauses == [publish.PAUSE]
    assert content(forge / "v0.1.0") == content(signed)
    sent = uploads(forge)
    assert len(sent) == len(content(signed)) + 1 and len(set(sent)) == len(sent) - 1


@pytest.mark.parametrize(("bad", "errors"), [("view", 2), ("GET", 2), ("view GET DELETE", 4)])
def test_errors_of_the_server_between_two_uploads(
    bad: str, errors: int, forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each counts as an error of the upload: --attempts allows them all but one."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    monkeypatch.setenv("GH_ERROR", "3")
    monkeypatch.setenv("GH_BAD", bad)
    assert publish.main([str(signed), "--attempts", str(errors + 1)]) == 0, capsys.readouterr().err
    assert capsys.readouterr().err.count("HTTP 502") == len(pauses) == errors
    assert content(forge / "v0.1.0") == content(signed)


def test_as_many_errors_as_attempts(
    forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    monkeypatch.setenv("GH_ERROR", "3")
    monkeypatch.setenv("GH_BAD", "view GET DELETE")
    assert publish.main([str(signed), "--attempts", "4"]) == 1
    assert capsys.readouterr().err.count("HTTP 502") == 4 and facts_of(forge, "v0.1.0")["isDraft"] is True


def test_a_server_that_is_broken(
    forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    monkeypatch.setenv("GH_UPLOADS", "2")
    assert publish.main([str(signed), "--attempts", "3"]) == 1
    assert len(pauses) == 2 and "connection reset by peer" in capsys.readouterr().err.splitlines()[-1]


def test_signed_again_after_the_publication(forge: Path, signed: Path, tmp_path: Path) -> None:
    """A second run of all jobs signs anew. GitHub's signatures stay, and take the place of the new ones."""
    assert publish.main([str(signed)]) == 0
    published, sent = content(forge / "v0.1.0"), uploads(forge)
    sign_by_workflow(signed, "0.1.0")
    assert content(signed) != published
    assert publish.main([str(signed), "--pypi", str(tmp_path / "pypi")]) == 0
    assert content(forge / "v0.1.0") == content(signed) == published and uploads(forge) == sent
    assert (tmp_path / "pypi").is_dir()


@pytest.mark.parametrize("change", [{"text": "import sys\n"}, {"commit": "1" * 40}], ids=["another file", "another commit"])
def test_published_with_other_files(
    change: dict[str, str], forge: Path, signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert publish.main([str(signed)]) == 0
    make_release(forge / "v0.1.0", "0.1.0", **change)
    sign_by_workflow(forge / "v0.1.0", "0.1.0")
    before = content(signed)
    assert publish.main([str(signed)]) == 1
    assert "v0.1.0 has been published already, with other files; a change needs a new version" in capsys.readouterr().err
    assert content(signed) == before


def test_published_without_a_bundle(forge: Path, signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish.main([str(signed)]) == 0
    without(*ALL)(forge / "v0.1.0")
    assert publish.main([str(signed)]) == 1
    assert f"v0.1.0 has been published already, and {UNSIGNED}" in capsys.readouterr().err


def moved(version: str) -> str:
    return "1" * 40


def unknown(version: str) -> str:
    raise UnknownSourceError("cannot be compared with the tag v0.1.0 of git's remote origin: could not resolve host")


OBSTACLES = [
    (tag_of_release, "changes_of", lambda version: "", "CHANGELOG.md has no heading [0.1.0]"),
    (
        publish,
        "commit_on_origin",
        moved,
        f"the tag v0.1.0 of origin is of the commit {'1' * 40}, and the release was made of {COMMIT}",
    ),
    (
        publish,
        "commit_on_origin",
        unknown,
        "the release cannot be compared with the tag v0.1.0 of git's remote origin: could not resolve",
    ),
]


@pytest.mark.parametrize(("module", "name", "value", "text"), OBSTACLES, ids=["no heading", "moved tag", "no network"])
def test_obstacles_before_the_signature(
    module: ModuleType,
    name: str,
    value: Callable[[str], str],
    text: str,
    forge: Path,
    signed: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The job that makes the files ends with a dry run. For a tag, it fails where the last jobs would, after the signature."""
    monkeypatch.setattr(module, name, value)
    assert publish.main([str(signed)]) == 1
    assert text in capsys.readouterr().err
    without(*ALL)(signed)
    assert publish.main([str(signed), "--dry-run"]) == 1
    assert text in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
    assert publish.main([str(signed), "--dry-run"]) == 0
    assert not (forge / "v0.1.0").exists()


@pytest.mark.parametrize(("tag", "is_prerelease"), [("v0.2.0rc1", True), ("v0.2.0.dev1", True), ("v0.2.0", False)])
def test_a_prerelease_is_not_the_latest(tag: str, is_prerelease: bool, forge: Path) -> None:
    GitHubRelease(tag).create("orthanc-python", "Changes\n")
    assert json.loads((forge / tag / "release.json").read_text())["isPrerelease"] is is_prerelease


def test_the_draft_of_another_attempt(forge: Path, signed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its provenance and its checksums name the attempt. They are replaced, and files that the manifest lists are not."""
    monkeypatch.setenv("GH_UPLOADS", "5")
    assert publish.main([str(signed), "--attempts", "1"]) == 1
    monkeypatch.delenv("GH_UPLOADS")
    (signed / "SHA256SUMS").write_text("of the second attempt\n")
    sign_by_workflow(signed, "0.1.0")
    assert publish.main([str(signed)]) == 0
    assert content(forge / "v0.1.0") == content(signed)


def drafted(tag: str) -> GitHubRelease:
    release = GitHubRelease(tag)
    release.create("orthanc-python", "Changes\n")
    return release


def facts_of(forge: Path, tag: str) -> dict[str, object]:
    return dict(json.loads((forge / tag / "release.json").read_text()))


def test_a_tag_that_has_gone(forge: Path) -> None:
    """GitHub would make it anew, of the default branch."""
    release = drafted("v0.1.0")
    (forge / "no-tag").touch()
    with pytest.raises(PublicationError, match=r"tag v0\.1\.0 doesn't exist"):
        release.publish()
    assert facts_of(forge, "v0.1.0")["isDraft"] is True


def test_the_latest_release(forge: Path) -> None:
    """One of an older line is not the latest, and candidates do not count."""
    for tag, is_latest in (("v0.2.0", True), ("v0.1.1", False), ("v0.3.0rc1", True), ("v0.2.1", True)):
        drafted(tag).publish()
        assert facts_of(forge, tag)["isLatest"] is is_latest, tag
