# SPDX-License-Identifier: GPL-3.0-or-later
"""The section "Router" of Orthanc's configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

LONGEST = 604_800.0  # seconds


@dataclass(frozen=True)
class Rule:
    """Instances of these modalities go to a target."""

    target: str  # a name of "DicomModalities" or of "OrthancPeers"
    modalities: list[str] = field(default_factory=list)  # such as ["CT"]; all if it is empty

    def takes(self, modality: str) -> bool:
        return not self.modalities or modality in self.modalities


@dataclass(frozen=True)
class Settings:
    rules: list[Rule]
    first_retry: float = 5.0  # seconds; each further attempt waits twice as long,
    longest_retry: float = 600.0  # but no longer than this
    max_refusals: int = 100  # of an instance, after which it is set aside: with the times above, after 16 hours
    batch_size: int = 50  # instances in one DICOM association
    database: Path | None = None  # the file of the queue, where Orthanc has no key-value store

    def __post_init__(self) -> None:
        if not 0 < self.first_retry <= self.longest_retry <= LONGEST or min(self.batch_size, self.max_refusals) < 1:
            raise ValueError(
                'the section "Router" must have 0 < "FirstRetry" <= "LongestRetry" <= 604800 (a week), 1 <= "BatchSize" '
                'and 1 <= "MaxRefusals"'
            )

    def targets(self) -> list[str]:
        return list(dict.fromkeys(rule.target for rule in self.rules))

    def targets_of(self, modality: str) -> list[str]:
        return list(dict.fromkeys(rule.target for rule in self.rules if rule.takes(modality)))
