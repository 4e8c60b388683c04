# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs manifest.json with the key of releases, so that minisign and `orthanc-python install` verify it without a network.

The secret is the base64 of the key's number (8 bytes) and its Ed25519 seed (32 bytes). `python ci/module.py
signing.minisign FILE` makes a new one, and prints the line for src/orthanc_python/trust/__init__.py.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from orthanc_python.trust.minisign import COMMENT, HASHED, ID_SIZE, Signature


class SecretKey:
    """A key that signs, and the number by which its signatures name it."""

    def __init__(self, secret: str) -> None:
        """Raise ValueError."""
        raw = base64.b64decode(secret.strip(), validate=True)
        if len(raw) != ID_SIZE + 32:
            raise ValueError("the secret is not one of src/orthanc_release/signing/minisign.py")
        self._identifier, self._key = raw[:ID_SIZE], Ed25519PrivateKey.from_private_bytes(raw[ID_SIZE:])

    @property
    def public(self) -> str:
        """The public key, as minisign writes it."""
        return base64.b64encode(b"Ed" + self._identifier + self._key.public_key().public_bytes_raw()).decode()

    def sign(self, content: bytes, comment: str) -> str:
        """Return the text of a signature file; the comment is signed too. The same content gives the same text."""
        signature = self._key.sign(hashlib.blake2b(content).digest())
        both = self._key.sign(signature + comment.encode())
        return text_of(Signature(self._identifier, signature, comment, both))


def text_of(signature: Signature) -> str:
    """Return the text of a signature file, the only one for a signature."""
    first = base64.b64encode(HASHED + signature.identifier + signature.signature).decode()
    second = base64.b64encode(signature.comment_signature).decode()
    return f"untrusted comment: signature of orthanc-python\n{first}\n{COMMENT}{signature.comment}\n{second}\n"


def new_secret() -> str:
    """Return the secret of a new key."""
    seed = Ed25519PrivateKey.generate().private_bytes_raw()
    return base64.b64encode(os.urandom(ID_SIZE) + seed).decode()


def main(path: Path) -> None:
    """Write a new secret that only its owner can read, and print its public key."""
    secret = new_secret()
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(secret + "\n", encoding="ascii")
    print(f'PUBLIC_KEY = "{SecretKey(secret).public}"')


if __name__ == "__main__":
    main(Path(sys.argv[1]))
