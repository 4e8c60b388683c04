# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to go on in Orthanc's log of changes: an index that was made anew, or restored from a backup, numbers them again.

The sample packages `router` and `work_queue` have this file, each for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Read = Callable[[str], Any]  # a GET of Orthanc's REST API, as JSON


def position_in(read: Read, last: int, anchor: str | None) -> int:
    """Return `last`, or a lower number if the log has other changes than those that were read.

    Args:
        read: a GET of Orthanc's REST API.
        last: the number of the last change that was read.
        anchor: what that change was, if that is known.
    """
    following = read(f"/changes?since={last - 1}&limit=1")["Changes"] if last else []
    if following and following[0]["Seq"] == last and anchor == anchor_of(following[0]):
        return last
    end = last_change(read)
    if end is None:  # a new index, or DELETE /changes. The latter does not use numbers again
        return 0
    final = int(end["Seq"])
    if anchor is None:
        return min(last, final)
    date = anchor.partition(" ")[0]
    if following and following[0]["Seq"] > last:
        # That change was deleted with its resource. The log is another one if a change before it is later.
        back = first_after(read, date, final)
        later = read(f"/changes?since={back}&limit=1")["Changes"]
        return back if later and later[0]["Seq"] < last else last
    if following:
        return first_after(read, date, final) if following[0]["Date"] > date else 0
    # The last changes were deleted with their resource, and their numbers are not used again. Or the log is another one.
    return first_after(read, date, final) if end["Date"] > date else final


def first_after(read: Read, date: str, end: int) -> int:
    """Return the number behind which all changes are later than a date; 0 in a log that begins later."""
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        found = read(f"/changes?since={middle}&limit=1")["Changes"]
        if found and found[0]["Date"] <= date:
            low = int(found[0]["Seq"])
        else:
            high = middle
    return low


def anchor_of(change: Mapping[str, Any]) -> str:
    """Return what tells a change from that of the same number in another index. It begins with the date."""
    return f"{change['Date']} {change['ChangeType']} {change['Path']}"


def last_change(read: Read) -> Mapping[str, Any] | None:
    """Return the last change; None if there is none."""
    return next(iter(read("/changes?last")["Changes"]), None)
