# SPDX-License-Identifier: GPL-3.0-or-later
"""The section "Deidentifier" of Orthanc's configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydicom.datadict import tag_for_keyword

SHORTEST_KEY = 32  # bytes


@dataclass(frozen=True)
class Settings:
    key_file: Path  # the secret of which pseudonyms are made
    audit_file: Path
    keep: list[str] = field(default_factory=list)  # attributes that stay, such as ["PatientSex", "PatientAge"]
    store_burned_in: bool = False  # whether images are stored that say that they have text in their pixels

    def __post_init__(self) -> None:
        for keyword in self.keep:
            if tag_for_keyword(keyword) is None:
                raise ValueError(f'"Keep" of the section "Deidentifier": "{keyword}" is not the keyword of a DICOM attribute')
            if keyword in ("PatientID", "PatientName"):
                raise ValueError(f'"Keep" of the section "Deidentifier": "{keyword}" is always a pseudonym')

    def key(self) -> bytes:
        """Read the secret.

        Raises:
            ValueError: it is too short.
        """
        key = self.key_file.read_bytes().strip()
        if len(key) < SHORTEST_KEY:
            advice = f"head -c 32 /dev/urandom | base64 > {self.key_file}"
            raise ValueError(f"the key in {self.key_file} has less than {SHORTEST_KEY} bytes: make one by: {advice}")
        return key
