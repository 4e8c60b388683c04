# SPDX-License-Identifier: GPL-3.0-or-later
"""Instructions of a start, of a REST callback and of each kind of call, in the tests' host program, whose services do next to
nothing, but for compiling the expressions of routes. They are the same in each round, so one is enough."""

from __future__ import annotations

from dataclasses import dataclass

from bench.callgrind import instructions
from bench.measurements.many.routes import ROUTES
from bench.model import ESTABLISHED, OURS, Effort, Goal, Measurement, Results, Series
from bench.subjects import ROOT, SCRIPTS, Subject

FEW, MANY = 20, 220  # calls, whose difference counts: what the first ones take is left out
NO_WORSE = (Goal("at most", 1, ESTABLISHED),)
STARTS = {
    ROOT / "samples" / "hello.py": Series("start", "start with samples/hello.py", "M instructions", NO_WORSE),
    SCRIPTS / "many_routes.py": Series("routes", f"start with {ROUTES[-1]:,} routes", "M instructions", NO_WORSE),
}
CONFIGURATION = {"Bench": {"Routes": ROUTES[-1]}}
CALLBACK = Series("callback", "REST callback that answers 3 bytes", "instructions", NO_WORSE)


@dataclass(frozen=True)
class Call:
    """A statement of scripts/instructions.py, in the order there."""

    name: str
    shape: str = ""

    @property
    def series(self) -> Series:
        return Series(self.name, f"{self.name}{self.shape}", "instructions", NO_WORSE)


CALLS = (
    Call("empty loop"),
    Call("ChangeType.NEW_STUDY"),
    Call("GetCommandLineArgumentsCount", ": a number"),
    Call("GetTagName", ": numbers and a text, a text back"),
    Call("ComputeMd5", ": bytes, a text back"),
    Call("LookupDictionary", ": a text, a dict back"),
    Call("RestApiGet", ": a text, bytes back"),
    Call("RestApiPost", ": a text and bytes, bytes back"),
    Call("RestApiGet that raises"),
    Call("CreateDicomInstance", ": bytes, an object back, which is freed"),
    Call("GetInstanceSize", ": a method, a number back"),
    Call("GetInstanceData", ": a method, bytes back"),
    Call("GetInstanceRemoteAet", ": a method, an Orthanc text back"),
    Call("GetInstanceSimplifiedJson", ": a method, a text back"),
    Call("SetHttpHeader", ": a method, texts"),
    Call("AnswerBuffer", ": a method, a text as bytes, a text"),
    Call("CreateDicomInstance and GetInstanceData", ": the first reading"),
)
LOOP, *MEASURED = CALLS


class Instructions(Measurement):
    name = "instructions"
    title = "Instructions, counted by Valgrind"
    most_rounds = 1
    subjects = (OURS, ESTABLISHED)
    series = (*STARTS.values(), CALLBACK, *(call.series for call in MEASURED))

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        if subject.host is None or subject.library is None:
            return
        starts = [
            started[0]
            for script in STARTS
            if (started := instructions(subject.host, subject.library, script, ["start"], CONFIGURATION))
        ]
        commands = ["start", f"parallel 1 {FEW} /bench", f"parallel 1 {MANY} /bench"]
        for index in range(len(CALLS)):
            commands += [f"get /count/{index}?count={number}" for number in (FEW, MANY)]
        found = instructions(subject.host, subject.library, SCRIPTS / "instructions.py", commands)
        if len(starts) < len(STARTS) or found is None:
            if subject.name == OURS:
                raise RuntimeError("the host program could not run the plugin")
            results.note(f"The {subject.name} does not run in the tests' host program.")
            return
        callback, loop, *calls = ((many - few) / (MANY - FEW) for few, many in zip(found[1::2], found[2::2], strict=True))
        for series, count in zip(STARTS.values(), starts, strict=True):
            results.add(series.key, subject.name, count / 1e6)
        results.add(CALLBACK.key, subject.name, callback)
        for call, taken in zip(MEASURED, calls, strict=True):
            results.add(call.name, subject.name, taken - loop)
