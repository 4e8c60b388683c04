# SPDX-License-Identifier: GPL-3.0-or-later
"""The download site keeps the releases that GitHub has. A program `gh` that keeps them in a folder stands in for it."""

from __future__ import annotations

import http.client
import io
import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import pytest
from small_releases import FILES, KEY, REPOSITORY, SIGNED, SIGSTORE, make_forge, make_release, sign_by_workflow

from orthanc_python.trust import sigstore_bundle
from orthanc_python.trust.sigstore_bundle import Keys, identity
from orthanc_release.changelog import changed_versions
from orthanc_release.describe.sums import write_sums
from orthanc_release.publish import former_releases
from orthanc_release.publish.github_release import GitHubRelease, PublicationError
from orthanc_release.signing import former_signers
from orthanc_release.signing.former_signers import Former, FormerSigners
from orthanc_release.signing.minisign import SecretKey, new_secret
from orthanc_release.signing.sign import Pinned
from orthanc_release.verify import signature_checks
from tests.fake_sigstore import FakeSigstore, verifier_of

FORMER_KEY, OTHER_KEY = (SecretKey(new_secret()) for _ in range(2))
OURS = identity(REPOSITORY, "0.0.9")


@pytest.fixture
def forge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two releases, the draft of a third, and one of something else."""
    return make_forge(tmp_path / "forge", monkeypatch)


def test_all_that_are_published(forge: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site" / "former"
    assert former_releases.fetch(folder) == [folder / "0.0.8", folder / "0.0.9"]
    assert {path.name: path.read_text() for path in (folder / "0.0.9").iterdir()} == {
        name: (forge / "v0.0.9" / name).read_text() for name in FILES
    }
    assert former_releases.fetch(folder, but="0.0.9") == [folder / "0.0.8"]
    calls = (forge / "calls.txt").read_text().splitlines()
    assert calls == ["list", "view", "view", "list"]  # nothing twice


def test_a_version_that_is_no_release_any_more(
    forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Someone has deleted its tag, so GitHub has made it a draft. The site is made, and the loss is named."""
    monkeypatch.setattr(former_releases, "changed_versions", lambda: ["0.2.0", "0.1.0", "0.0.9", "0.0.8"])
    assert former_releases.main([str(tmp_path / "former"), "--except", "0.2.0"]) == 0
    said = capsys.readouterr()
    assert [Path(line).name for line in said.out.splitlines()] == ["0.0.8", "0.0.9"]
    assert re.findall(r"has (\S+), and GitHub has no such release", said.err) == ["0.1.0"]


def test_a_heading_of_another_form_of_a_version(
    forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(former_releases, "changed_versions", lambda: ["0.0.9.0", "0.0.8"])
    assert former_releases.main([str(tmp_path / "former"), "--except", "0.2.0"]) == 0
    assert capsys.readouterr().err == ""


def test_a_loss_is_shown_by_github(
    forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody reads the log of a job that has passed. The folders are read by ci/full_site, so nothing else is in stdout."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setattr(former_releases, "changed_versions", lambda: ["0.1.0", "0.0.9", "0.0.8"])
    assert former_releases.main([str(tmp_path / "former"), "--except", "0.2.0"]) == 0
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 2
    (line,) = said.err.splitlines()
    assert line.startswith("::warning::former_releases.py: CHANGELOG.md has 0.1.0, ")


def test_versions_of_the_changelog(tmp_path: Path) -> None:
    """A version that was withdrawn is marked as Keep a Changelog says, and nobody misses it."""
    file = tmp_path / "CHANGELOG.md"
    headings = (
        "# Changelog",
        "## [Unreleased]",
        "## [0.3.0.post1] - 2027-03-01",
        "## [0.3.0](https://example.org/compare/v0.2.0...v0.3.0) - 2027-02-01",
        "## [0.3.0rc1]",
        "## [0.3.0.dev2] - 2027-01-01",
        "## [0.2.1] - 2027-01-01 [YANKED]",
        "## [0.2.0] - 2026-12-31",
        "## [0.1] - 2026-12-01",
        "### [0.0.9]",
        "## [The module orthanc]",
        "## [0.0.8-beta.1]",
        "## 0.0.7",
    )
    file.write_text("\n\n".join(headings))
    assert changed_versions(file) == ["0.3.0.post1", "0.3.0", "0.3.0rc1", "0.3.0.dev2", "0.2.0", "0.1"]


def test_files_are_not_asked_of_the_api(forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token of a workflow has 1,000 requests an hour, fewer than four releases have files."""
    monkeypatch.setenv("GH_REQUESTS", "7")  # the list, and three for each release
    assert len(former_releases.fetch(tmp_path / "former")) == 2


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds before each further attempt, instead of waiting."""
    found: list[float] = []
    monkeypatch.setattr("time.sleep", lambda seconds: found.append(seconds) if seconds else None)
    return found


def failing(times: int, error: Callable[[str], Exception]) -> Callable[..., object]:
    """Return an urlopen that fails so many times for the stub of v0.0.9."""
    left, opened = [times], urllib.request.urlopen

    def urlopen(address: str, timeout: float) -> object:
        if address.endswith("/v0.0.9/orthanc.pyi") and left[0]:
            left[0] -= 1
            raise error(address)
        return opened(address, timeout=timeout)

    return urlopen


def status(code: int) -> Callable[[str], Exception]:
    return lambda address: urllib.error.HTTPError(address, code, "of a test", Message(), None)


@pytest.mark.parametrize(
    "error",
    [status(404), status(503), lambda _: ConnectionResetError("connection reset by peer")],
    ids=["HTTP 404", "HTTP 503", "reset"],
)
def test_a_failure_leaves_nothing_behind(
    error: Callable[[str], Exception],
    forge: Path,
    tmp_path: Path,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("urllib.request.urlopen", failing(9, error))
    assert former_releases.main([str(tmp_path / "former")]) == 1
    assert f"{(forge / 'v0.0.9' / 'orthanc.pyi').as_uri()} cannot be downloaded: {error('')}" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "former").iterdir()] == ["0.0.8"] and pauses == [2, 4, 8]


@pytest.mark.parametrize("error", [status(429), lambda _: http.client.IncompleteRead(b"")], ids=["HTTP 429", "cut short"])
def test_a_download_that_fails_twice(
    error: Callable[[str], Exception], forge: Path, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("urllib.request.urlopen", failing(2, error))
    assert len(former_releases.fetch(tmp_path / "former")) == 2 and pauses == [2, 4]


def test_a_download_that_ends_early(forge: Path, tmp_path: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that closes looks like the end of the file."""
    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: io.BytesIO(b"import"))
    with pytest.raises(PublicationError, match=r"cannot be downloaded: 6 of \d+ bytes came"):
        former_releases.fetch(tmp_path / "former")


def of_manifest(folder: Path) -> None:
    """Alter the manifest and the checksums, but not the signature."""
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("2026-10-01", "2026-10-02"))
    write_sums(folder, [folder / "manifest.json", folder / "orthanc.pyi"])


def of_older(folder: Path) -> None:
    """Offer the files of an older version under a newer tag."""
    for name in FILES:
        shutil.copyfile(folder.with_name("v0.0.8") / name, folder / name)


def with_another_file(folder: Path) -> None:
    """Add a file that has a checksum. The signature of the manifest does not cover it."""
    (folder / "evil.exe").write_text("harm")
    write_sums(folder, [folder / name for name in ("manifest.json", "orthanc.pyi", "evil.exe")])


ROWS: list[tuple[str, Callable[[Path], object], str]] = [
    ("no signature", lambda folder: (folder / "manifest.json.minisig").unlink(), "manifest.json.minisig is missing"),
    ("another key", lambda folder: make_release(folder, "0.0.9", OTHER_KEY), "by the key that users trust"),
    ("another manifest", of_manifest, "is not one of these bytes"),
    ("another file", lambda folder: (folder / "orthanc.pyi").write_text("import sys\n"), "is damaged: "),
    ("a file that has a checksum only", with_another_file, "evil.exe does not belong to the release"),
    ("an older version", of_older, "manifest.json says version 0.0.8"),
    ("a bundle of a workflow", lambda folder: (folder / "manifest.json.sigstore.json").write_text("{}"), "users trust none"),
]


@pytest.mark.parametrize("is_here", [False, True], ids=["new", "downloaded before"])
@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_a_release_of_someone_else(
    change: Callable[[Path], object], text: str, is_here: bool, forge: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "former"
    if is_here:
        former_releases.fetch(folder)
        (folder / "0.0.8").rename(folder / "v0.0.8")  # where of_older finds it
        change(folder / "0.0.9")
        (folder / "v0.0.8").rename(folder / "0.0.8")
    else:
        change(forge / "v0.0.9")
    with pytest.raises(PublicationError, match=rf"the release v0\.0\.9 on GitHub .*{text}"):
        former_releases.fetch(folder)
    assert (folder / "0.0.9").exists() == is_here


def test_an_older_line_does_not_read_newer_releases(forge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its sources may not know their format, and the newest release's make the site."""
    manifest = json.loads((forge / "v0.0.9" / "manifest.json").read_text())
    (forge / "v0.0.9" / "manifest.json").write_text(json.dumps(manifest | {"format": manifest["format"] + 1}))
    folder = tmp_path / "former"
    assert former_releases.fetch(folder, but="0.0.8.post1") == [folder / "0.0.8"]
    with pytest.raises(PublicationError, match=r"the release v0\.0\.9 on GitHub is damaged: .*has the format"):
        former_releases.fetch(folder)
    assert former_releases.main([str(folder), "--newest", "0.0.8"]) == 1
    assert "v0.0.9 is newer than v0.0.8" in capsys.readouterr().err


def test_a_tag_that_is_not_a_version(forge: Path, tmp_path: Path) -> None:
    (forge / "v0.0.9").rename(forge / "v0_of_the_docs")
    assert former_releases.fetch(tmp_path / "former") == [tmp_path / "former" / "0.0.8"]
    GitHubRelease("v0.1.0").publish()
    assert json.loads((forge / "v0.1.0" / "release.json").read_text())["isDraft"] is False


def test_a_former_key(forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site keeps releases of the time before a new key."""
    make_release(forge / "v0.0.9", "0.0.9", FORMER_KEY)
    with pytest.raises(PublicationError, match="by the key that users trust"):
        former_releases.fetch(tmp_path / "former")
    monkeypatch.setattr(former_signers, "FORMER_KEYS", (Former(FORMER_KEY.public, last_version="0.0.9"),))
    assert len(former_releases.fetch(tmp_path / "former")) == 2


def test_a_former_key_after_its_last_version(forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A former secret that was found signs no newer release."""
    for version in ("0.0.8", "0.0.9"):
        make_release(forge / f"v{version}", version, FORMER_KEY)
    monkeypatch.setattr(former_signers, "FORMER_KEYS", (Former(FORMER_KEY.public, last_version="0.0.8"),))
    with pytest.raises(PublicationError, match=r"the release v0\.0\.9 on GitHub .*by the key that users trust"):
        former_releases.fetch(tmp_path / "former")
    assert former_releases.fetch(tmp_path / "former", but="0.0.9") == [tmp_path / "former" / "0.0.8"]


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("0.0.1", ["a", "b"]),
        ("0.9.0", ["a", "b"]),
        ("0.9.1", ["b"]),
        ("0.10.0rc1", ["b"]),
        ("0.10.0", ["b"]),
        ("0.10.0.post1", []),
        ("1.0.0rc1", []),
    ],
)
def test_versions_of_former_signers(version: str, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions are compared by PEP 440, not as texts."""
    for table in ("FORMER_KEYS", "FORMER_REPOSITORIES"):
        monkeypatch.setattr(former_signers, table, (Former("a", "0.9.0"), Former("b", "0.10.0")))
    assert former_signers.former_signers_of(version) == FormerSigners(tuple(names), tuple(names))


@pytest.fixture
def signed_forge(forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same releases, whose files a workflow has signed too. Users trust both here."""
    pytest.importorskip("sigstore", reason="the package sigstore is missing: see tests/requirements.txt")
    verifier = verifier_of(SIGSTORE, tmp_path)
    monkeypatch.setattr(sigstore_bundle, "keys", lambda: Keys(verifier))
    monkeypatch.setattr(signature_checks, "pinned", lambda: Pinned(KEY.public, REPOSITORY))
    for version in ("0.0.8", "0.0.9"):
        sign_by_workflow(forge / f"v{version}", version)
    return forge


def bundled(name: str, by: str, of: str = "") -> Callable[[Path], object]:
    """Return a change of a file's bundle to one by another identity, or of another file."""

    def change(folder: Path) -> None:
        bundle = SIGSTORE.sign((folder / (of or name)).read_bytes(), by)
        (folder / f"{name}.sigstore.json").write_text(json.dumps(bundle))

    return change


def of_former_key(folder: Path) -> None:
    """Make another release, as one could who knows a former secret and has no workflow."""
    make_release(folder, "0.0.9", FORMER_KEY, "import sys\n")


NOT_OURS = rf"sigstore\.json is not a signature by the workflow of {REPOSITORY} for the tag v0\.0\.9"
BUNDLE_ROWS: list[tuple[str, Callable[[Path], object], str]] = [
    (
        "no bundles",
        lambda folder: [path.unlink() for path in folder.glob("*.sigstore.json")],
        "has no signature by the workflow",
    ),
    (
        "a bundle less",
        lambda folder: (folder / "orthanc.pyi.sigstore.json").unlink(),
        "orthanc.pyi has no signature, and other",
    ),
    ("a bundle more", lambda folder: (folder / "evil.sigstore.json").write_text("{}"), "is the signature of no file"),
    ("a file more", lambda folder: (folder / "evil.exe").write_text("harm"), "evil.exe has no signature, and others have"),
    ("another tag", lambda folder: sign_by_workflow(folder, "0.0.8"), NOT_OURS),
    ("the workflow of a fork", lambda folder: sign_by_workflow(folder, "0.0.9", "evil/orthanc-python"), NOT_OURS),
    ("another Sigstore", lambda folder: sign_by_workflow(folder, "0.0.9", sigstore=FakeSigstore()), NOT_OURS),
    ("a file's run for a branch", bundled("orthanc.pyi", OURS.replace("tags/v0.0.9", "heads/main")), f"orthanc.pyi.{NOT_OURS}"),
    ("a bundle of another file", bundled("orthanc.pyi", OURS, of="SHA256SUMS"), "is a signature of the SHA-256"),
    ("bundles, and no key", lambda folder: (folder / "manifest.json.minisig").unlink(), "has no manifest.json.minisig"),
    ("a former secret", of_former_key, "is a signature of the SHA-256"),
]


def test_bundles_of_the_workflow(signed_forge: Path, tmp_path: Path) -> None:
    folder = tmp_path / "former"
    for _ in ("new", "downloaded before"):
        assert former_releases.fetch(folder) == [folder / "0.0.8", folder / "0.0.9"]
    assert {path.name for path in (folder / "0.0.9").iterdir()} == FILES | {f"{name}.sigstore.json" for name in SIGNED}


@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in BUNDLE_ROWS])
def test_other_bundles(
    change: Callable[[Path], object], text: str, signed_forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(former_signers, "FORMER_KEYS", (Former(FORMER_KEY.public, last_version="0.0.9"),))
    change(signed_forge / "v0.0.9")
    with pytest.raises(PublicationError, match=rf"the release v0\.0\.9 on GitHub .*{text}"):
        former_releases.fetch(tmp_path / "former")


def test_a_former_key_and_the_workflow(signed_forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_release(signed_forge / "v0.0.9", "0.0.9", FORMER_KEY)
    sign_by_workflow(signed_forge / "v0.0.9", "0.0.9")
    with pytest.raises(PublicationError, match="by the key that users trust"):
        former_releases.fetch(tmp_path / "former")
    monkeypatch.setattr(former_signers, "FORMER_KEYS", (Former(FORMER_KEY.public, last_version="0.0.9"),))
    assert len(former_releases.fetch(tmp_path / "former")) == 2


def test_a_former_name_of_the_repository(signed_forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository was renamed: its former workflow has signed what was released until then, and nothing since."""
    sign_by_workflow(signed_forge / "v0.0.9", "0.0.9", "former/name")
    with pytest.raises(PublicationError, match=NOT_OURS):
        former_releases.fetch(tmp_path / "former")
    monkeypatch.setattr(former_signers, "FORMER_REPOSITORIES", (Former("former/name", last_version="0.0.8"),))
    with pytest.raises(PublicationError, match=NOT_OURS):
        former_releases.fetch(tmp_path / "former")
    monkeypatch.setattr(former_signers, "FORMER_REPOSITORIES", (Former("former/name", last_version="0.0.9"),))
    assert len(former_releases.fetch(tmp_path / "former")) == 2


def test_no_bundle_of_the_workflow(forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where users trust a workflow too, the signature of the manifest alone is half of what they need."""
    monkeypatch.setattr(signature_checks, "pinned", lambda: Pinned(KEY.public, "owner/orthanc-python"))
    with pytest.raises(PublicationError, match="has no signature by the workflow"):
        former_releases.fetch(tmp_path / "former")


def test_another_commit_than_the_tag(forge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(former_releases, "commit_of_tag", lambda version: "1" * 40)
    with pytest.raises(PublicationError, match=f"says the commit {'0' * 40}; the tag is {'1' * 40}"):
        former_releases.fetch(tmp_path / "former")
