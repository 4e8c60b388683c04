# SPDX-License-Identifier: GPL-3.0-or-later
"""Signatures of minisign: a good one, and one for each way in which it can be wrong."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from orthanc_python.trust.minisign import MinisignError, PublicKey, parse_public_key, parse_signature, verify

CONTENT = b"the manifest"
SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
IDENTIFIER = b"12345678"


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def key(algorithm: bytes = b"Ed", public: bytes = SECRET.public_key().public_bytes_raw()) -> str:
    return "untrusted comment: a key\n" + encoded(algorithm + IDENTIFIER + public) + "\n"


def signature(secret: Ed25519PrivateKey = SECRET, algorithm: bytes = b"ED", comment: str = "version 1", by: str = "") -> str:
    """Return the text of a signature file; `by` is another comment than that which is signed."""
    first = secret.sign(hashlib.blake2b(CONTENT).digest())
    both = secret.sign(first + (by or comment).encode())
    return f"untrusted comment: x\n{encoded(algorithm + IDENTIFIER + first)}\ntrusted comment: {comment}\n{encoded(both)}\n"


def test_good() -> None:
    found = parse_signature(signature())
    verify(CONTENT, found, parse_public_key(key()))
    assert found.comment == "version 1"
    verify(CONTENT, found, parse_public_key(key().splitlines()[1]))  # the second line alone


def test_wrong_signatures() -> None:
    trusted = parse_public_key(key())
    good = parse_signature(signature())
    with pytest.raises(MinisignError, match="not one of these bytes"):
        verify(CONTENT + b"!", good, trusted)
    with pytest.raises(MinisignError, match="not one of these bytes"):
        verify(CONTENT, parse_signature(signature(OTHER)), trusted)
    with pytest.raises(MinisignError, match="not one of these bytes"):
        verify(CONTENT, parse_signature(signature(by="version 2")), trusted)
    with pytest.raises(MinisignError, match="not one of these bytes"):
        verify(CONTENT, replace(good, comment="version 2"), trusted)
    with pytest.raises(MinisignError, match="signed with another key"):
        verify(CONTENT, good, PublicKey(b"87654321", trusted.key))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a public key"),
        ("a\n" + key(), "not a public key"),
        (key().replace("untrusted comment:", "comment:"), "not a public key"),
        (key(b"ED"), "not an Ed25519 key"),
        (key(public=bytes(31)), "the public key has 41 bytes, not 42"),
        (key(public=bytes(33)), "the public key has 43 bytes, not 42"),
        ("untrusted comment: x\n!!!!", "the public key is not base64"),
    ],
)
def test_wrong_keys(text: str, why: str) -> None:
    with pytest.raises(MinisignError, match=why):
        parse_public_key(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a signature of minisign"),
        (signature() + "more\n", "not a signature of minisign"),
        ("\n".join(signature().splitlines()[:3]), "not a signature of minisign"),
        (signature().replace("untrusted comment:", "comment:"), "not a signature of minisign"),
        (signature().replace("\ntrusted comment:", "\ncomment:"), "not a signature of minisign"),
        (signature(algorithm=b"Ed"), "not a signature of a file's BLAKE2b-512"),
        (signature(algorithm=b"EDx"), "the signature has 75 bytes, not 74"),
        (signature().rstrip("\n")[:-1] + "!", "the signature of the comment is not base64"),
    ],
)
def test_wrong_texts(text: str, why: str) -> None:
    with pytest.raises(MinisignError, match=why):
        parse_signature(text)
