# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of a workflow: a right one, and one for each part that can be wrong. Each is refused with a sentence."""

from __future__ import annotations

import base64
import datetime
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from orthanc_python.failure import Failure
from orthanc_python.releases.manifest import Release
from orthanc_python.trust import signers, sigstore_bundle
from orthanc_python.trust.sigstore_bundle import Keys, KeysError, SigstoreError, identity, verify
from tests.fake_sigstore import NOW, Bundle, FakeSigstore, new_key, verifier_of

pytest.importorskip("sigstore", reason="the package sigstore is missing: see tests/requirements.txt")
from sigstore.errors import TUFError
from sigstore.verify import Verifier
from tuf.api.exceptions import DownloadError

CONTENT = b"the manifest"
REPOSITORY = "example/orthanc-python"
OURS = identity(REPOSITORY, "0.1.0")
SIGSTORE, OTHER = FakeSigstore(), FakeSigstore()
Change = Callable[[Bundle], object]


@pytest.fixture(autouse=True)
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the Sigstore of this test in place of the real one."""
    verifier = verifier_of(SIGSTORE, tmp_path)
    monkeypatch.setattr(sigstore_bundle, "keys", lambda: Keys(verifier))


def signed(**values: str) -> Bundle:
    """Return the bundle of the right workflow, or with another identity or issuer."""
    return SIGSTORE.sign(CONTENT, **{"identity": OURS, **values})  # type: ignore[arg-type]


def encoded(bundle: Bundle) -> bytes:
    return json.dumps(bundle).encode()


def refused(bundle: bytes, text: str, content: bytes = CONTENT, repository: str = REPOSITORY, version: str = "0.1.0") -> None:
    with pytest.raises(SigstoreError, match=text):
        verify(content, bundle, repository, version)


def test_right() -> None:
    verify(CONTENT, encoded(signed()), REPOSITORY, "0.1.0")


def test_another_question() -> None:
    """The same bundle is none of other bytes, of another repository, or of another version."""
    right = encoded(signed())
    refused(right, "digest mismatch", content=CONTENT + b"!")
    refused(right, "SANs do not match", repository="example/orthanc-pyhton")
    refused(right, "SANs do not match", version="0.1.1")
    refused(right, "no repository is trusted", repository="")


@pytest.mark.parametrize(
    "other",
    [
        OURS.replace("release.yml", "test.yml"),
        OURS.replace("refs/tags/v0.1.0", "refs/heads/main"),
        OURS.replace("refs/tags/v0.1.0", "refs/tags/v0.1.0rc1"),
        OURS.replace("https://github.com", "https://github.example"),
        f"{OURS}/more",
    ],
)
def test_another_identity(other: str) -> None:
    refused(encoded(signed(identity=other)), "SANs do not match")


def test_another_issuer() -> None:
    refused(encoded(signed(issuer="https://accounts.example")), "does not match|issuer")


def entry(bundle: Bundle) -> Bundle:
    found: Bundle = bundle["verificationMaterial"]["tlogEntries"][0]
    return found


def of_other(name: str) -> Change:
    """Return a change of a part of the log's entry to that of another log of signatures."""
    return lambda bundle: entry(bundle).update({name: entry(OTHER.sign(CONTENT, OURS))[name]})


def another_body(bundle: Bundle) -> None:
    """Have the entry be about another signature: all of the log's signatures are right."""
    bundle["verificationMaterial"]["tlogEntries"] = SIGSTORE.sign(b"other", OURS)["verificationMaterial"]["tlogEntries"]


CHANGES: list[tuple[str, Change, str]] = [
    ("no certificate", lambda bundle: bundle["verificationMaterial"].pop("certificate"), "certificate must be set"),
    (
        "a certificate of another authority",
        lambda bundle: bundle["verificationMaterial"].update(
            certificate=OTHER.sign(CONTENT, OURS)["verificationMaterial"]["certificate"]
        ),
        "certificate chain",
    ),
    ("no entry in the log", lambda bundle: bundle["verificationMaterial"]["tlogEntries"].clear(), "one log entry"),
    ("no proof of the log", lambda bundle: entry(bundle).pop("inclusionProof"), "inclusionProof|inclusion proof"),
    ("the proof of another entry", of_other("inclusionProof"), "inclusion proof contains invalid root hash"),
    ("a proof without hashes", lambda bundle: entry(bundle)["inclusionProof"]["hashes"].clear(), "has wrong size"),
    (
        "a proof that another log has signed",
        lambda bundle: entry(bundle)["inclusionProof"].update(
            checkpoint=entry(OTHER.sign(CONTENT, OURS))["inclusionProof"]["checkpoint"]
        ),
        "checkpoint|Signature not found",
    ),
    ("no promise of the log", lambda bundle: entry(bundle).pop("inclusionPromise"), "inclusion promise"),
    ("the promise of another log", of_other("inclusionPromise"), "invalid inclusion promise"),
    ("another time", lambda bundle: entry(bundle).update(integratedTime=str(int(NOW.timestamp()) + 1)), "inclusion promise"),
    ("the entry of another signature", another_body, "log entry|inconsistent|entry body"),
    (
        "another signature",
        lambda bundle: bundle["messageSignature"].update(signature=OTHER.sign(CONTENT, OURS)["messageSignature"]["signature"]),
        "Signature is invalid",
    ),
    ("a signature that is none", lambda bundle: bundle["messageSignature"].update(signature="AAAA"), "Signature is invalid"),
    ("a key more", lambda bundle: bundle.update(evil=1), "Extra inputs are not permitted"),
    ("another format", lambda bundle: bundle.update(mediaType="text/html"), "Input should be 'application/vnd.dev.sigstore"),
]


@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in CHANGES])
def test_a_changed_bundle(change: Change, text: str) -> None:
    bundle = signed()
    change(bundle)
    refused(encoded(bundle), text)


def test_a_signature_after_the_certificate_has_ended() -> None:
    late = SIGSTORE.sign(CONTENT, OURS, signed_at=NOW + datetime.timedelta(minutes=10))
    refused(encoded(late), "certificate")


@pytest.mark.parametrize("size", [0, 1, 100, -100, -1])
def test_cut_short(size: int) -> None:
    refused(encoded(signed())[:size], "failed to load bundle")


def test_damaged_parts() -> None:
    """A byte of any part that is another one is refused, and never an error without a sentence.

    But for two that nothing is read from: the name beside the signature of the log, and the bits that fill up base64.
    """
    text = encoded(signed())
    ignored = {place for found in re.finditer(rb"u2014 log\.example |.=+[\"\\]", text) for place in range(*found.span())}
    for place in set(range(0, len(text), 7)) - ignored:
        changed = bytearray(text)
        changed[place] ^= 2
        refused(bytes(changed), ".")


def test_a_certificate_without_extensions() -> None:
    """The package looks for them without asking whether they are there."""
    key = new_key()
    name = x509.Name([])
    plain = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW, NOW + datetime.timedelta(days=1))
    content = plain.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    bundle = signed()
    bundle["verificationMaterial"]["certificate"]["rawBytes"] = base64.b64encode(content).decode()
    refused(encoded(bundle), ".")


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sigstore_bundle, "is_available", lambda: False)
    refused(encoded(signed()), "the package sigstore is missing: pip install")


def without_network(monkeypatch: pytest.MonkeyPatch, error: Exception, offline: Verifier | None) -> None:
    """Have the package fail to renew its keys, and to read those that it has."""

    def production(*, offline: bool = False) -> Verifier:
        if offline and known is not None:
            return known
        raise error

    known = offline
    monkeypatch.undo()
    monkeypatch.setattr(Verifier, "production", production)
    monkeypatch.setattr(sigstore_bundle, "keys", sigstore_bundle.keys.__wrapped__)


NETWORK_ERRORS = [TUFError("Failed to refresh TUF metadata"), DownloadError("Failed to download url"), OSError("[Errno 13]")]


@pytest.mark.parametrize("error", NETWORK_ERRORS, ids=lambda error: type(error).__name__)
def test_keys_of_the_package_without_a_network(error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They suffice if the signature is by one of them. If not, a newer one may have made it."""
    without_network(monkeypatch, error, verifier_of(SIGSTORE, tmp_path))
    verify(CONTENT, encoded(signed()), REPOSITORY, "0.1.0")
    with pytest.raises(KeysError, match=f"out of date, as newer ones cannot be fetched: {re.escape(str(error))}"):
        verify(CONTENT, encoded(OTHER.sign(CONTENT, OURS)), REPOSITORY, "0.1.0")
    with pytest.raises(SigstoreError) as raised:
        verify(CONTENT, b"{}", REPOSITORY, "0.1.0")
    assert not isinstance(raised.value, KeysError)


@pytest.mark.parametrize("error", NETWORK_ERRORS, ids=lambda error: type(error).__name__)
def test_no_keys(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """The release is not called a forged one, and the way to verify it is named."""

    class Folder:
        def place_of(self, name: str) -> str:
            return f"https://example.org/{name}"

        def read(self, name: str, limit: int) -> bytes | None:
            return encoded(signed()) if name == signers.SIGSTORE else None

    without_network(monkeypatch, error, None)
    with pytest.raises(Failure) as raised:
        signers.signer_of(CONTENT, Release("0.1.0", ()), Folder(), signers.Signers(repository=REPOSITORY))
    said = str(raised.value)
    assert f"manifest.json.sigstore.json cannot be verified: Sigstore's keys cannot be read: {error}; try again" in said
    assert "is not a signature" not in said and "do not use" not in said
    assert "HTTPS_PROXY" in said and "--signer KEY" in said
