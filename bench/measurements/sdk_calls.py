# SPDX-License-Identifier: GPL-3.0-or-later
"""The extra cost of an SDK call in Python compared with C: calls in a loop inside one callback, less the empty loop."""

from __future__ import annotations

from dataclasses import dataclass

from bench.model import ESTABLISHED, PLAIN, Effort, Goal, Measurement, Results, Series
from bench.subjects import SCRIPTS, Subject


@dataclass(frozen=True)
class Call:
    """A call that the script and the plain C plugin know by this name, and how often it is made at a time."""

    name: str
    title: str
    count: int


CALLS = (
    Call("GetTagName", "GetTagName(0x0010, 0x0010, '')", 20_000),
    Call("ComputeMd5", "ComputeMd5(16 bytes)", 20_000),
    Call("GetInstanceSize", "instance.GetInstanceSize()", 50_000),
    Call("ChangeType", "orthanc.ChangeType.NEW_STUDY", 200_000),
    Call("RestApiGet", "RestApiGet('/tools/now')", 2_000),
)


def _series(call: Call) -> tuple[Series, Series]:
    goal = Goal("at most", 0.5, ESTABLISHED)
    return (
        Series(call.name, call.title, "ns"),
        Series(f"{call.name}: overhead", "  overhead over C", "ns", (goal,), source=call.name, above=PLAIN),
    )


class SdkCalls(Measurement):
    name = "sdk-calls"
    title = "A call of the SDK"
    series = tuple(series for call in CALLS for series in _series(call))

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        with subject.server(SCRIPTS / "sdk_calls.py") as server:
            for call in CALLS:
                answer = server.get(f"/sdk-calls/{call.name}?count={max(1, int(call.count * effort.scale))}")
                if answer.status != 200:
                    raise RuntimeError(f"{subject.name} cannot measure {call.name}: {answer.text}")
                results.add(call.name, subject.name, float(answer.text))
