# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a Mach-O file is the one that was signed: its pages against the checksums in its signature (a CodeDirectory)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

SUPERBLOB, DIRECTORY = 0xFADE0CC0, 0xFADE0C02
# Of a signature with a certificate. No signer is pinned, so nothing can be compared with what is in them. Apple's codesign
# writes them without a certificate too: then they have these bytes.
CERTIFICATE, REQUIREMENTS = 0xFADE0B01, 0xFADE0C01
EMPTY = {CERTIFICATE: bytes(0), REQUIREMENTS: bytes(4)}
HASHES = {1: hashlib.sha1, 2: hashlib.sha256}


def problems_of_signature(content: bytes, offset: int, size: int) -> Iterator[str]:
    """Yield what is wrong with the signature of one library, at an offset in it."""
    try:
        if offset + size != len(content):
            yield f"has {len(content) - offset - size} bytes behind its code signature"
        directories = list(_directories(content[offset : offset + size]))
        if not directories:
            yield "has a code signature without checksums"
        for directory in directories:
            yield from _compare_pages(content, directory, offset)
    except (struct.error, IndexError, ValueError) as error:
        yield f"has a damaged code signature: {error}"


def _directories(signature: bytes) -> Iterator[bytes]:
    magic, length, count = struct.unpack_from(">III", signature)
    if magic != SUPERBLOB or length > len(signature):
        raise ValueError("its header is not one")
    end = 12 + 8 * count
    for start in sorted(struct.unpack_from(">II", signature, 12 + 8 * index)[1] for index in range(count)):
        magic, length = struct.unpack_from(">II", signature, start)
        if magic not in (DIRECTORY, *EMPTY):
            raise ValueError(f"it has a part of the unknown kind {magic:x}")
        if start < end or any(signature[end:start]):
            raise ValueError("its parts overlap, or have bytes between them")
        end = start + length
        if magic == DIRECTORY:
            yield signature[start:end]
        elif signature[start + 8 : end] != EMPTY[magic]:
            what = "a certificate" if magic == CERTIFICATE else "requirements of a certificate"
            raise ValueError(f"it has {what}, and no signer is known")
    if any(signature[end:]):
        raise ValueError("it has bytes behind its parts")


def _compare_pages(content: bytes, directory: bytes, end: int) -> Iterator[str]:
    _, _, _, _, hash_offset, _, _, slots, limit = struct.unpack_from(">IIIIIIIII", directory)
    hash_size, hash_type, _, page_shift = struct.unpack_from(">BBBB", directory, 36)
    if hash_type not in HASHES:
        raise ValueError(f"unknown kind of checksum: {hash_type}")
    if hash_size != HASHES[hash_type]().digest_size:
        raise ValueError(f"its checksums have {hash_size} bytes, not {HASHES[hash_type]().digest_size}")
    if limit != end:
        yield f"has a code signature of {limit} bytes, and {end} bytes before it"
    page = 1 << page_shift
    if slots != -(-limit // page):
        yield f"has a code signature with the checksums of {slots} pages, not of {-(-limit // page)}"
    elif hash_offset + slots * hash_size != len(directory):
        yield "has a code signature with bytes behind its checksums"
    wrong = 0
    for slot in range(slots):
        start = hash_offset + slot * hash_size
        found = HASHES[hash_type](content[slot * page : min((slot + 1) * page, limit)]).digest()
        wrong += found != directory[start : start + hash_size]
    if wrong:
        yield f"was changed after it was signed, in {wrong} pages"
