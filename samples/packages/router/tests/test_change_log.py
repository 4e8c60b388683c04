# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the router goes on in a log of changes, without Orthanc."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from dicom_router.change_log import position_in

DAY = "20261128T1900{:02}"
LAST, ANCHOR = 5, f"{DAY.format(5)} NewInstance /instances/5"


class Log:
    """Changes by number, each with the second in which it was written."""

    def __init__(self, seconds: dict[int, int]) -> None:
        self.changes = [
            {"Seq": number, "ChangeType": "NewInstance", "Path": f"/instances/{number}", "Date": DAY.format(second)}
            for number, second in sorted(seconds.items())
        ]

    def read(self, path: str) -> dict[str, Any]:
        query = parse_qs(urlsplit(path).query, keep_blank_values=True)
        if "last" in query:
            return {"Changes": self.changes[-1:]}
        found = [each for each in self.changes if int(str(each["Seq"])) > int(query["since"][0])]
        return {"Changes": found[: int(query["limit"][0])]}


@pytest.mark.parametrize(
    ("seconds", "position"),
    [
        pytest.param({4: 4, 5: 5, 6: 6}, 5, id="there"),
        pytest.param({1: 1, 4: 4, 6: 6, 7: 7}, 5, id="deleted"),
        pytest.param({1: 1, 4: 4, 6: 5, 7: 7}, 5, id="deleted, and the next one was written in the same second"),
        pytest.param({6: 6, 7: 7}, 5, id="deleted with all before"),
        pytest.param({1: 11, 2: 12, 3: 13, 4: 14, 6: 16, 7: 17}, 0, id="another index, which has deleted the same number"),
        pytest.param({1: 1, 2: 2, 3: 13, 4: 14, 6: 16, 7: 17}, 2, id="a restored index, which has deleted the same number"),
        pytest.param({2: 2, 4: 14, 6: 16}, 2, id="a restored index, which has deleted several"),
    ],
)
def test_position(seconds: dict[int, int], position: int) -> None:
    """No change is missed after it, and none that was read comes again."""
    assert position_in(Log(seconds).read, LAST, ANCHOR) == position
