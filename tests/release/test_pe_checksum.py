# SPDX-License-Identifier: GPL-3.0-or-later
"""The checksum of a library for Windows, also where its sum is zero: once in 65,535 libraries."""

from __future__ import annotations

import struct
from pathlib import Path

import lief
import pytest
from conftest import FOLDER, USED

from orthanc_release.libraries.pe import read_pe
from orthanc_release.targets import Target

STUB = 0x4E  # of its text, that no check reads as words
CHECKSUM = 64  # in the optional header


@pytest.fixture
def content(targets: dict[str, Target]) -> bytearray:
    """A library whose words have the sum zero."""
    target = targets["windows-x86_64"]
    changed = bytearray((FOLDER / target.name / target.stand_alone(USED[target.name])).read_bytes())
    total = computed(bytes(changed)) - len(changed)
    (word,) = struct.unpack_from("<H", changed, STUB)
    struct.pack_into("<H", changed, STUB, (word - total) % 0xFFFF)
    assert computed(bytes(changed)) - len(changed) in (0, 0xFFFF)
    return changed


def computed(content: bytes) -> int:
    binary = lief.PE.parse(content)
    assert isinstance(binary, lief.PE.Binary)
    return int(binary.compute_checksum())


@pytest.mark.parametrize(("total", "is_right"), [(0, True), (0xFFFF, True), (1, False), (0xFFFE, False), (0x1FFFE, False)])
def test_sum_of_zero(total: int, is_right: bool, content: bytearray, tmp_path: Path) -> None:
    (headers,) = struct.unpack_from("<I", content, 0x3C)
    struct.pack_into("<I", content, headers + 24 + CHECKSUM, len(content) + total)
    binary = lief.PE.parse(bytes(content))
    assert isinstance(binary, lief.PE.Binary)
    found = [fault for fault in read_pe(binary, bytes(content)).faults if fault.startswith("has the checksum")]
    assert (found == []) == is_right
