# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads new instances from the log of changes in Orthanc's database.

Orthanc writes an instance and its change in one transaction. So an instance that is stored when the process is killed is
found at the next start, and none can be missed between "stored" and "queued".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import orthanc

from dicom_router.change_log import anchor_of, last_change, position_in

if TYPE_CHECKING:
    from dicom_router.pending import Pending
    from dicom_router.settings import Settings

PAGE = 500  # changes in one request
UNKNOWN = (orthanc.ErrorCode.UNKNOWN_RESOURCE, orthanc.ErrorCode.INEXISTENT_ITEM)


def get(path: str) -> Any:
    return json.loads(orthanc.RestApiGet(path))


class Changes:
    """Turns changes into entries."""

    def __init__(self, settings: Settings, pending: Pending) -> None:
        self._settings = settings
        self._pending = pending
        self._first_start = pending.cursor is None
        self._read: set[str] = set()  # at the first start: instances that were read, and not announced yet
        if pending.cursor is None:  # begin with the present: what was stored before is not sent
            end = last_change(get)
            pending.add({}, end["Seq"] if end else 0, anchor_of(end) if end else "")
        if pending.cursor_is_damaged:
            orthanc.LogWarning("router: the number of the last change that was read is damaged: all changes are read again")
        self._check_position()

    def _check_position(self) -> None:
        """Go back if Orthanc's index was made anew, or restored, since the queue was used last."""
        cursor = self._pending.cursor or 0
        back = position_in(get, cursor, self._pending.anchor or None)
        if back >= cursor:
            return
        if get(f"/changes?since={back}&limit=1")["Changes"]:  # else the last changes were deleted with their resource
            orthanc.LogWarning(
                f"router: Orthanc's index is another one: changes are read from number {back + 1}, and not from {cursor + 1}"
            )
        end = next(iter(get(f"/changes?since={back - 1}&limit=1")["Changes"]), None) if back else None
        self._pending.add({}, back, anchor_of(end) if end and end["Seq"] == back else "")

    def read(self, announced: list[str]) -> bool:
        """Read all new changes; return whether there was an instance among them.

        Args:
            announced: instances that Orthanc has announced since its start. At the first start, one of them can have been
                stored before the log was looked at for the first time.
        """
        found = [instance for page in self._pages() for instance in page]
        if self._first_start:
            missed = [instance for instance in announced if instance not in self._read]
            self._read.difference_update(announced)
            self._pending.add({instance: self._targets(instance) for instance in missed})
            found += missed
        return bool(found)

    def _pages(self) -> Iterator[list[str]]:
        """Yield the instances of each page of the log, once they are recorded."""
        done = False
        while not done:
            page = get(f"/changes?since={self._pending.cursor or 0}&limit={PAGE}")
            instances = [change["ID"] for change in page["Changes"] if change["ChangeType"] == "NewInstance"]
            if page["Changes"]:
                targets = {instance: self._targets(instance) for instance in instances}
                self._pending.add(targets, int(page["Last"]), anchor_of(page["Changes"][-1]))
            if self._first_start:
                self._read.update(instances)
            done = page["Done"] or not page["Changes"]
            yield instances

    def _targets(self, instance: str) -> list[str]:
        try:
            series = get(f"/instances/{instance}/series")
        except orthanc.OrthancException as error:
            if error.args[0] in UNKNOWN:
                return []  # deleted since
            raise
        return self._settings.targets_of(series["MainDicomTags"].get("Modality", ""))
