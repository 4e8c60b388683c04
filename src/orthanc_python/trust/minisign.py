# SPDX-License-Identifier: GPL-3.0-or-later
"""Public keys and signatures of minisign: Ed25519 over the BLAKE2b-512 of a file.

The format is that of https://jedisct1.github.io/minisign/, so that its program checks the same files. The package cryptography
does the arithmetic: it has wheels for every system that the plugin is built for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ID_SIZE = 8
KEY_SIZE = 32
SIGNATURE_SIZE = 64
KEY_ALGORITHM = b"Ed"
HASHED = b"ED"  # the signature of a file's BLAKE2b-512, the only form that minisign writes today
COMMENT = "trusted comment: "


class MinisignError(Exception):
    """A key or a signature is not valid; the message says why."""


@dataclass(frozen=True)
class PublicKey:
    """A public key and the number by which its signatures name it."""

    identifier: bytes
    key: bytes

    @property
    def name(self) -> str:
        """The number as minisign prints it."""
        return self.identifier[::-1].hex().upper()


@dataclass(frozen=True)
class Signature:
    """The content of a signature file. Nothing in it is trusted before `verify`."""

    identifier: bytes
    signature: bytes
    comment: str
    comment_signature: bytes


def parse_public_key(text: str) -> PublicKey:
    """Return the public key of a file that minisign has written, or of its second line alone. Raises MinisignError."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > 2 or (len(lines) == 2 and not lines[0].startswith("untrusted comment:")):
        raise MinisignError("not a public key of minisign")
    raw = _decoded(lines[-1], len(KEY_ALGORITHM) + ID_SIZE + KEY_SIZE, "public key")
    if raw[:2] != KEY_ALGORITHM:
        raise MinisignError("not an Ed25519 key")
    return PublicKey(raw[2 : 2 + ID_SIZE], raw[2 + ID_SIZE :])


def parse_signature(text: str) -> Signature:
    """Return what a signature file says. Raises MinisignError."""
    lines = text.splitlines()
    if len(lines) != 4 or not lines[0].startswith("untrusted comment:") or not lines[2].startswith(COMMENT):
        raise MinisignError("not a signature of minisign")
    raw = _decoded(lines[1], len(HASHED) + ID_SIZE + SIGNATURE_SIZE, "signature")
    if raw[:2] != HASHED:
        raise MinisignError("not a signature of a file's BLAKE2b-512")
    comment = _decoded(lines[3], SIGNATURE_SIZE, "signature of the comment")
    return Signature(raw[2 : 2 + ID_SIZE], raw[2 + ID_SIZE :], lines[2].removeprefix(COMMENT), comment)


def verify(content: bytes, signature: Signature, key: PublicKey) -> None:
    """Check that a key has signed these bytes and the comment. Raises MinisignError."""
    if signature.identifier != key.identifier:
        raise MinisignError("signed with another key")
    public = Ed25519PublicKey.from_public_bytes(key.key)
    try:
        public.verify(signature.signature, hashlib.blake2b(content).digest())
        public.verify(signature.comment_signature, signature.signature + signature.comment.encode())
    except InvalidSignature:
        raise MinisignError("the signature is not one of these bytes") from None


def _decoded(text: str, size: int, what: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MinisignError(f"the {what} is not base64") from None
    if len(raw) != size:
        raise MinisignError(f"the {what} has {len(raw)} bytes, not {size}")
    return raw
