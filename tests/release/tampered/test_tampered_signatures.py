# SPDX-License-Identifier: GPL-3.0-or-later
"""A release whose signatures are not those of the key and the workflow that users trust is refused: a row for each way."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import OTHER_VERSION, VERSION, in_one_line, verify_here
from tampered_release import (
    MANIFEST,
    PLUGIN,
    PROVENANCE,
    SCOPE,
    Change,
    edited,
    linked,
    made_by,
    minisigned,
    of_manifest,
    signature,
    signed,
    signed_by_workflow,
    summed,
    written,
)

from orthanc_python.trust import sigstore_bundle
from orthanc_python.trust.sigstore_bundle import Keys, identity
from orthanc_release.artifacts import sha256
from orthanc_release.describe.release_folder import MINISIGN
from orthanc_release.describe.sums import read_manifest
from orthanc_release.signing import former_signers
from orthanc_release.signing.former_signers import Former
from orthanc_release.signing.minisign import SecretKey, new_secret
from orthanc_release.signing.sign import Pinned
from orthanc_release.sources import Source
from orthanc_release.verify import release_checks, signature_checks, single_file
from orthanc_release.verify.signature_checks import problems_of_signatures
from tests.fake_sigstore import FakeSigstore, verifier_of

pytestmark = pytest.mark.usefixtures("inspected_once")
SIGSTORE, OTHER_SIGSTORE = FakeSigstore(), FakeSigstore()
REPOSITORY = "owner/project"
KEY = SecretKey(new_secret())
BUNDLE = f"{MANIFEST}.sigstore.json"

ROWS: list[tuple[str, Change, str]] = [
    ("a signature of no file", signed("evil.so"), "evil.so.sigstore.json is the signature of no file of the release"),
    ("no signature by the key, and others", signed(), f"{MANIFEST} has no {MINISIGN}, and other signatures are there"),
    ("one signature", signed(PLUGIN), f"{MANIFEST} has no signature, and others have"),
    ("a signature of another file", signed(PLUGIN, of="orthanc.pyi"), f"{PLUGIN}.sigstore.json is a signature of the SHA-256"),
    ("an empty signature", lambda folder: (folder / f"{PLUGIN}.sigstore.json").touch(), "is a signature of the SHA-256 None"),
    (
        "a signature of another key",
        minisigned,
        "manifest.json.minisig is not a signature of manifest.json by the key that users",
    ),
    ("an empty signature of the manifest", lambda folder: (folder / MINISIGN).touch(), f"{MINISIGN} is not a signature of"),
    ("a signature of another file by a key", written(f"{PLUGIN}.minisig", "x"), f"{PLUGIN}.minisig does not belong"),
    ("a signature of a signature", signed(f"{PLUGIN}.sigstore.json"), "is the signature of no file of the release"),
]


def with_bundle(text: str) -> Change:
    """Return a change of the workflow's signature of the manifest."""
    return lambda folder: (folder / BUNDLE).write_text(text)


def with_signature(sigstore: FakeSigstore, by: str, content: bytes | None = None) -> Change:
    """Return a change of that signature to one by someone else, or of other bytes."""

    def change(folder: Path) -> None:
        signed_bytes = (folder / MANIFEST).read_bytes() if content is None else content
        (folder / BUNDLE).write_text(json.dumps(sigstore.sign(signed_bytes, by)))

    return change


def without_proof(folder: Path) -> None:
    """Leave a bundle that names the right checksum, and proves nothing."""
    (folder / BUNDLE).write_text(signature(sha256(folder / MANIFEST)))


OURS = identity(REPOSITORY, VERSION)
NOT_OURS = f"{BUNDLE} is not a signature by the workflow of {REPOSITORY} for the tag v{VERSION}: "
# In a release that the key and the workflow have signed.
SIGNED_ROWS: list[tuple[str, Change, str]] = [
    ("a checksum without a proof", without_proof, NOT_OURS),
    ("the workflow of a fork", with_signature(SIGSTORE, identity("evil/project", VERSION)), f"{NOT_OURS}Certificate's SANs"),
    ("another workflow", with_signature(SIGSTORE, OURS.replace("release.yml", "test.yml")), f"{NOT_OURS}Certificate's SANs"),
    (
        "a run for a branch",
        with_signature(SIGSTORE, OURS.replace(f"tags/v{VERSION}", "heads/main")),
        f"{NOT_OURS}Certificate's SANs",
    ),
    ("a run for another tag", with_signature(SIGSTORE, identity(REPOSITORY, OTHER_VERSION)), f"{NOT_OURS}Certificate's SANs"),
    ("another Sigstore", with_signature(OTHER_SIGSTORE, OURS), NOT_OURS),
    ("a signature of other bytes", with_signature(SIGSTORE, OURS, b"{}"), f"{BUNDLE} is a signature of the SHA-256"),
    (
        "a signature cut short",
        lambda folder: (folder / BUNDLE).write_bytes((folder / BUNDLE).read_bytes()[:-1]),
        f"{BUNDLE} is a signature of the SHA-256 None",
    ),
    (
        "no signature by the workflow",
        lambda folder: (folder / BUNDLE).unlink(),
        f"{MANIFEST} has no signature, and others have",
    ),
    ("no signature by the key", lambda folder: (folder / MINISIGN).unlink(), f"{MANIFEST} has no {MINISIGN}"),
    ("a text of its own", with_bundle("signed, the workflow"), f"{BUNDLE} is a signature of the SHA-256 None"),
    ("a list", with_bundle("[]"), f"{BUNDLE} is a signature of the SHA-256 None"),
    ("a text that is nested", with_bundle("[" * 100_000), f"{BUNDLE} is a signature of the SHA-256 None"),
    (
        "a large signature",
        lambda folder: (folder / BUNDLE).write_text((folder / BUNDLE).read_text() + " " * (1 << 20)),
        "more than any signature",
    ),
    (
        "a fork's signature of a plugin",
        lambda folder: (folder / f"{PLUGIN}.sigstore.json").write_text(
            json.dumps(SIGSTORE.sign((folder / PLUGIN).read_bytes(), identity("evil/project", VERSION)))
        ),
        f"{PLUGIN}.sigstore.json is not a signature by the workflow of {REPOSITORY}",
    ),
]


@pytest.fixture
def signed_release(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release that a key and a workflow have signed. Users trust both here."""
    pytest.importorskip("sigstore", reason="the package sigstore is missing: see tests/requirements.txt")
    verifier = verifier_of(SIGSTORE, tmp_path)
    monkeypatch.setattr(sigstore_bundle, "keys", lambda: Keys(verifier))
    trust(monkeypatch, Pinned(KEY.public, REPOSITORY))
    folder = linked(small_release, tmp_path)
    made_by()(folder)
    signed_by_workflow(SIGSTORE, REPOSITORY)(folder)
    minisigned(folder, KEY)
    return folder


def trust(patch: pytest.MonkeyPatch, signers: Pinned) -> None:
    for module in (release_checks, signature_checks):
        patch.setattr(module, "pinned", lambda: signers)


def test_signatures_of_all_files(signed_release: Path) -> None:
    outcome = verify_here(*SCOPE, signed_release)
    assert outcome.status == 0, outcome.text


def test_a_build_elsewhere_that_a_workflow_has_signed(signed_release: Path, small_release: Path) -> None:
    """Nobody vouches for the machine that made it."""
    (signed_release / PROVENANCE).write_bytes((small_release / PROVENANCE).read_bytes())
    (signed_release / MINISIGN).unlink()
    summed(signed_release)
    signed_by_workflow(SIGSTORE, REPOSITORY)(signed_release)
    minisigned(signed_release, KEY)
    outcome = verify_here(*SCOPE, signed_release)
    text = "a workflow has signed the release, and its builder is a machine that nobody vouches for"
    assert outcome.status == 1 and text in outcome.text, outcome.text


def test_a_workflow_that_nobody_trusts(signed_release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trust(monkeypatch, Pinned(KEY.public, ""))
    outcome = verify_here(*SCOPE, signed_release)
    text = "manifest.json has a signature of a workflow, and users trust none: see src/orthanc_python/trust/__init__.py"
    assert outcome.status == 1 and text in outcome.text, outcome.text


def test_without_the_package_sigstore(signed_release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse a bundle that nothing here can verify."""
    monkeypatch.setattr(sigstore_bundle, "is_available", lambda: False)
    outcome = verify_here(*SCOPE, signed_release)
    assert outcome.status == 1 and f"{NOT_OURS}the package sigstore is missing" in outcome.text, outcome.text


def test_a_signature_by_the_key(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = linked(small_release, tmp_path)
    key = minisigned(folder)
    trust(monkeypatch, Pinned(key.public, ""))
    outcome = verify_here(*SCOPE, folder)
    assert outcome.status == 0, outcome.text
    assert "is not signed" not in in_one_line(outcome), outcome.text
    (folder / MANIFEST).write_text((folder / MANIFEST).read_text() + " ")
    assert "is not one of these bytes" in verify_here(*SCOPE, folder).text


def test_a_single_file(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signature is that of manifest.json beside it, and this has the checksum of the file."""
    folder = linked(small_release, tmp_path)
    assert f"no signature was verified: there is no {MINISIGN} beside it" in in_one_line(verify_here(folder / PLUGIN))
    key = minisigned(folder)
    text = f"{PLUGIN} {MINISIGN} is not a signature of manifest.json by the key that users trust: signed with another key"
    outcome = verify_here(folder / PLUGIN)
    assert outcome.status == 1 and text in outcome.text, outcome.text
    trust(monkeypatch, Pinned(key.public, ""))
    outcome = verify_here(folder / PLUGIN)
    assert outcome.status == 0 and "no signature" not in in_one_line(outcome), outcome.text
    manifest = json.loads((folder / MANIFEST).read_text())
    next(file for file in manifest["files"] if file["name"] == PLUGIN)["sha256"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(manifest))
    minisigned(folder, key)
    (folder / "SHA256SUMS").unlink()
    outcome = verify_here(folder / PLUGIN)
    assert outcome.status == 1 and f"manifest.json says {'0' * 64}" in outcome.text, outcome.text
    (folder / MANIFEST).unlink()
    assert "no signature was verified: no manifest.json beside it lists it" in in_one_line(verify_here(folder / PLUGIN))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("{", "cannot be compared with manifest.json beside it: manifest.json is not of a release"),
        ("[]", "cannot be compared with manifest.json beside it: manifest.json is not of a release"),
        ('{"format": 2}', "cannot be compared with manifest.json beside it: manifest.json has the format 2"),
    ],
)
def test_a_single_file_beside_an_unreadable_manifest(content: str, text: str, small_release: Path, tmp_path: Path) -> None:
    folder = linked(small_release, tmp_path)
    (folder / MANIFEST).write_text(content)
    outcome = verify_here(folder / PLUGIN)
    assert outcome.status == 1 and text in in_one_line(outcome), outcome.text


def test_a_single_file_beside_another_manifest(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its signature is verified also if it does not list the file."""
    folder = linked(small_release, tmp_path)
    edited(MANIFEST, lambda manifest: manifest["files"].clear())(folder)
    (folder / MINISIGN).write_text("garbage")
    outcome = verify_here(folder / PLUGIN)
    text = f"{PLUGIN} {MINISIGN} is not a signature of manifest.json by the key that users trust"
    assert outcome.status == 1 and text in in_one_line(outcome), outcome.text
    trust(monkeypatch, Pinned(minisigned(folder).public, ""))
    outcome = verify_here(folder / PLUGIN)
    text = "no signature was verified: no manifest.json beside it lists it"
    assert outcome.status == 0 and text in in_one_line(outcome), outcome.text


def test_the_sources_of_a_single_file(small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are those of the commit that manifest.json has, or of the version if it does not list the file."""
    folder = linked(small_release, tmp_path)
    of_manifest(commit="1" * 40)(folder)
    monkeypatch.setattr(single_file, "source_of_commit", lambda commit: Source(tmp_path, commit, 0))
    monkeypatch.setattr(single_file, "source_of_version", lambda version: Source(tmp_path, f"of {version}", 0))
    assert single_file.source_of_file(folder / PLUGIN, read_manifest(folder)).commit == "1" * 40
    edited(MANIFEST, lambda manifest: manifest["files"].clear())(folder)
    assert single_file.source_of_file(folder / PLUGIN, read_manifest(folder)).commit == f"of {VERSION}"


@pytest.mark.parametrize("formers", [(), (Former(KEY.public, "0.0.9"),)])
def test_a_signature_of_an_invalid_version(
    formers: tuple[Former, ...], small_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No order says which former key may have signed it."""
    monkeypatch.setattr(former_signers, "FORMER_KEYS", formers)
    folder = linked(small_release, tmp_path)
    of_manifest(version="newest")(folder)
    minisigned(folder, KEY)
    for path in (folder, folder / PLUGIN):
        outcome = verify_here(*SCOPE, path)
        assert outcome.status == 1 and "Invalid version: 'newest'" in in_one_line(outcome), outcome.text


KEY_ROWS: list[tuple[str, Callable[[str], str], str]] = [
    (
        "a long untrusted comment",
        lambda text: text.replace("orthanc-python\n", "orthanc-python" + "x" * (1 << 20) + "\n"),
        "bytes, more than any signature",
    ),
    ("another untrusted comment", lambda text: text.replace("of orthanc", "of Orthanc"), "is not as ci/sign writes it"),
    ("lines of Windows", lambda text: text.replace("\n", "\r\n"), "is not as ci/sign writes it"),
    ("lines of another kind", lambda text: text.replace("\n", "\x1e"), "is not as ci/sign writes it"),
    ("no end of its last line", lambda text: text[:-1], "is not as ci/sign writes it"),
    ("other bits behind its base64", lambda text: with_other_bits(text), "is not as ci/sign writes it"),
]


def with_other_bits(text: str) -> str:
    """Return a signature whose base64 ends otherwise, and is of the same bytes."""
    lines = text.splitlines()
    digits = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
    last = digits[digits.index(lines[1][-2]) ^ 1]
    changed = lines[1][:-2] + last + lines[1][-1]
    assert lines[1].endswith("=") and base64.b64decode(changed) == base64.b64decode(lines[1])
    return text.replace(lines[1], changed)


@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in KEY_ROWS])
def test_a_signature_in_another_form(
    change: Callable[[str], str], text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one of the same bytes by the key. Other programs than this one need not read it."""
    trust(monkeypatch, Pinned(KEY.public, ""))
    (tmp_path / MANIFEST).write_text("{}\n")
    minisigned(tmp_path, KEY)
    assert list(problems_of_signatures(tmp_path, VERSION)) == []
    (tmp_path / MINISIGN).write_bytes(change((tmp_path / MINISIGN).read_text()).encode())
    assert [text in problem for _, problem in problems_of_signatures(tmp_path, VERSION)] == [True]


@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_tampered_signatures(change: Change, text: str, small_release: Path, tmp_path: Path) -> None:
    folder = linked(small_release, tmp_path)
    change(folder)
    outcome = verify_here(*SCOPE, folder)
    assert outcome.status == 1 and text in outcome.text, outcome.text


@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in SIGNED_ROWS])
def test_a_tampered_signed_release(change: Change, text: str, signed_release: Path) -> None:
    change(signed_release)
    outcome = verify_here(*SCOPE, signed_release)
    assert outcome.status == 1 and text in outcome.text, outcome.text
