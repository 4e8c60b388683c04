# SPDX-License-Identifier: GPL-3.0-or-later
"""A Sigstore of a test's own: an authority for certificates, a log of certificates and a log of signatures, with new keys.

Its bundles have all that those of the real one have, so that the package sigstore verifies each part of them. See
https://docs.sigstore.dev/about/bundle/ and RFC 6962.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from sigstore.verify import Verifier

Bundle = dict[str, Any]
ISSUER = "https://token.actions.githubusercontent.com"
ISSUER_OID, TIMESTAMPS_OID = (x509.ObjectIdentifier(f"1.3.6.1.4.1.{end}") for end in ("57264.1.1", "11129.2.4.2"))
NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.timezone.utc)
MINUTE, YEAR = datetime.timedelta(minutes=1), datetime.timedelta(days=365)


class FakeSigstore:
    """Signs as Sigstore does; `trusted_root` is what one who trusts it has."""

    def __init__(self) -> None:
        self._root_key, self._certificate_log, self._log = (new_key() for _ in range(3))
        self._root = self._certificate_of_the_authority()

    def trusted_root(self) -> str:
        """Return the JSON text with the keys of all parts."""
        valid = {"start": _text(NOW - YEAR)}
        logs = [
            {
                "baseUrl": "https://log.example",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": _base64(public_bytes(key)),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": valid,
                },
                "logId": {"keyId": _base64(key_id(key))},
            }
            for key in (self._log, self._certificate_log)
        ]
        chain = {"certificates": [{"rawBytes": _base64(_der(self._root))}]}
        subject = {"organization": "example", "commonName": "authority.example"}
        authority = {"subject": subject, "uri": "https://authority.example", "certChain": chain, "validFor": valid}
        media_type = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
        values = {"mediaType": media_type, "tlogs": logs[:1], "ctlogs": logs[1:], "certificateAuthorities": [authority]}
        return json.dumps(values)

    def sign(self, content: bytes, identity: str, issuer: str = ISSUER, signed_at: datetime.datetime = NOW) -> Bundle:
        """Return the bundle of a signature, in the words of its JSON."""
        key = new_key()
        certificate = self._certificate(key, identity, issuer)
        signature = sign(key, content)
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        entry = {
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": {"hash": {"algorithm": "sha256", "value": hashlib.sha256(content).hexdigest()}},
                "signature": {"content": _base64(signature), "publicKey": {"content": _base64(pem)}},
            },
        }
        body = json.dumps(entry, separators=(",", ":")).encode()
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": _base64(_der(certificate))},
                "tlogEntries": [self._entry(body, int(signed_at.timestamp()))],
            },
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_256", "digest": _base64(hashlib.sha256(content).digest())},
                "signature": _base64(signature),
            },
        }

    def _entry(self, body: bytes, time: int) -> dict[str, Any]:
        """Return what the log says of an entry, the second of two."""
        other = hashlib.sha256(b"\0another entry").digest()
        root = hashlib.sha256(b"\1" + other + hashlib.sha256(b"\0" + body).digest()).digest()
        note = f"log.example\n2\n{_base64(root)}\n"
        signed_note = f"{note}\n\u2014 log.example {_base64(key_id(self._log)[:4] + sign(self._log, note.encode()))}\n"
        promise = {"body": _base64(body), "integratedTime": time, "logID": key_id(self._log).hex(), "logIndex": 1}
        promised = json.dumps(promise, separators=(",", ":"), sort_keys=True).encode()
        return {
            "logIndex": "1",
            "logId": {"keyId": _base64(key_id(self._log))},
            "kindVersion": {"kind": "hashedrekord", "version": "0.0.1"},
            "integratedTime": str(time),
            "inclusionPromise": {"signedEntryTimestamp": _base64(sign(self._log, promised))},
            "inclusionProof": {
                "logIndex": "1",
                "rootHash": _base64(root),
                "treeSize": "2",
                "hashes": [_base64(other)],
                "checkpoint": {"envelope": signed_note},
            },
            "canonicalizedBody": _base64(body),
        }

    def _certificate_of_the_authority(self) -> x509.Certificate:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority.example")])
        public = self._root_key.public_key()
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = x509.CertificateBuilder(name, name, public, 1, NOW - YEAR, NOW + 10 * YEAR)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        return builder.sign(self._root_key, hashes.SHA256())

    def _certificate(self, key: ec.EllipticCurvePrivateKey, identity: str, issuer: str) -> x509.Certificate:
        """Return the certificate of an identity, with the proof that the log of certificates has it."""
        public = self._root_key.public_key()
        extensions: Sequence[tuple[x509.ExtensionType, bool]] = [
            (x509.KeyUsage(True, False, False, False, False, False, False, False, False), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(public), False),
            (x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), True),
            (x509.UnrecognizedExtension(ISSUER_OID, issuer.encode()), False),
        ]
        number = x509.random_serial_number()
        builder = x509.CertificateBuilder(
            self._root.subject, x509.Name([]), key.public_key(), number, NOW - MINUTE, NOW + 9 * MINUTE
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        unlogged = builder.sign(self._root_key, hashes.SHA256()).tbs_certificate_bytes
        timestamp = self._timestamp(unlogged)
        proof = x509.UnrecognizedExtension(TIMESTAMPS_OID, b"\x04" + bytes([len(timestamp)]) + timestamp)
        return builder.add_extension(proof, critical=False).sign(self._root_key, hashes.SHA256())

    def _timestamp(self, certificate: bytes) -> bytes:
        """Return the list of signed timestamps of a certificate, by RFC 6962."""
        time = int(NOW.timestamp() * 1000)
        signed = struct.pack("!BBQH", 0, 0, time, 1) + key_id(self._root_key)
        signed += struct.pack("!I", len(certificate))[1:] + certificate + bytes(2)
        signature = sign(self._certificate_log, signed)
        timestamp = b"\0" + key_id(self._certificate_log) + struct.pack("!QHBBH", time, 0, 4, 3, len(signature)) + signature
        return struct.pack("!HH", len(timestamp) + 2, len(timestamp)) + timestamp


def verifier_of(sigstore: FakeSigstore, folder: Path) -> Verifier:
    """Return what verifies its bundles, and no others."""
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier

    root = folder / "trusted_root.json"
    root.write_text(sigstore.trusted_root(), encoding="utf-8")
    return Verifier(trusted_root=TrustedRoot.from_file(str(root)))


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key of the curve that Sigstore has."""
    return ec.generate_private_key(ec.SECP256R1())


def sign(key: ec.EllipticCurvePrivateKey, content: bytes) -> bytes:
    """Return a signature of the content's SHA-256."""
    return key.sign(content, ec.ECDSA(hashes.SHA256()))


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public half of a key."""
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def key_id(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the number by which logs name a key."""
    return hashlib.sha256(public_bytes(key)).digest()


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _text(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
