# SPDX-License-Identifier: GPL-3.0-or-later
"""The processors of a release, and what programs say of theirs. processors.json is the one table of names; ci/ reads it too."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

TABLE: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("processors.json").read_text(encoding="utf-8"))
OTHERS = {40: "arm", 243: "riscv64", 21: "ppc64", 22: "s390x"}  # in headers of ELF; no release has files for them
UNIVERSAL = "universal"  # of several


def processor_named(machine: str) -> str:
    """Return the processor that a system calls so, such as AMD64 or aarch64; another name stays as it is."""
    return next((name for name, each in TABLE.items() if machine.lower() in each["machines"]), machine.lower())


def processor_of(data: bytes) -> str:
    """Return the processor that a program or library is for; "" when it is neither."""
    try:
        if data.startswith(b"\x7fELF"):
            order = "<" if data[5] == 1 else ">"
            number = struct.unpack_from(f"{order}H", data, 18)[0]
            return _by_header("elf", number) or OTHERS.get(number, "unknown")
        if data.startswith(b"MZ"):
            (start,) = struct.unpack_from("<I", data, 0x3C)
            return _by_header("pe", struct.unpack_from("<H", data, start + 4)[0]) or "unknown"
        if data.startswith(b"\xcf\xfa\xed\xfe"):
            return _by_header("macho", struct.unpack_from("<I", data, 4)[0]) or "unknown"
        if data.startswith(b"\xca\xfe\xba\xbe"):
            return UNIVERSAL
    except (IndexError, struct.error):
        pass
    return ""


def _by_header(kind: str, number: int) -> str:
    return next((name for name, each in TABLE.items() if each["headers"].get(kind) == number), "")
