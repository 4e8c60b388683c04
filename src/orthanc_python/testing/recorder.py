# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of the stand-in module: they note each call, and give the answer that the test has prepared."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType, MappingProxyType, ModuleType
from typing import Any

from orthanc_python.testing import arguments, handle, outputs, registry
from orthanc_python.testing.handle import Handle

__all__ = ["Call", "Handle", "Recorder", "Unanswered", "called", "content", "current"]


class Unanswered(AssertionError):
    """The script has asked for something that the test has prepared no answer for."""


@dataclass(frozen=True)
class Call:
    """`name` is "RestApiGet", or "RestOutput.AnswerBuffer" for a method, whose object is `handle`."""

    name: str
    arguments: dict[str, Any]
    handle: Handle | None = None


def content(data: Any) -> bytes:
    """Return the bytes of an argument for data: bytes-like, text, or None for no data."""
    return data.encode() if isinstance(data, str) else bytes(memoryview(b"" if data is None else data))


class _Running(threading.local):
    script = 0  # how many callbacks and imports of scripts run within each other on this thread
    routes = 0  # how many of them may not register a route


@dataclass
class Recorder:
    """The calls of a script, the answers to them, and its errors."""

    module: ModuleType | None = None
    calls: list[Call] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    unanswered: list[Unanswered] = field(default_factory=list)  # that the test has not got
    asked_by_test: list[Unanswered] = field(default_factory=list)  # or by a function of the script that it has called itself
    asked_by_threads: list[tuple[Unanswered, set[FrameType]]] = field(default_factory=list)  # with the frames that ran then
    failures: list[BaseException] = field(default_factory=list)  # of tasks
    registrations: list[tuple[Call, set[str]]] = field(default_factory=list)  # with the modules whose code makes them
    thread: int = field(default_factory=threading.get_ident)
    former_threads: frozenset[threading.Thread] = field(default_factory=lambda: frozenset(threading.enumerate()))
    running: _Running = field(default_factory=_Running)

    @contextmanager
    def script(self, *, routes: bool = True) -> Iterator[None]:
        """Run code of the script, as a callback that may register routes or may not. The test gets what it raises."""
        self.running.script += 1
        self.running.routes += not routes
        try:
            yield
        except Unanswered as error:
            if self.running.script == 1:
                self.unanswered = [each for each in self.unanswered if each is not error]
            raise
        finally:
            self.running.script -= 1
            self.running.routes -= not routes

    def note(self, error: Unanswered) -> None:
        """Keep an error that the script may catch."""
        if self.running.script > 0:
            self.unanswered.append(error)
        elif threading.get_ident() == self.thread:
            self.asked_by_test.append(error)
        elif self.module is not None and threading.current_thread() not in self.former_threads:  # else of an earlier test
            self.asked_by_threads.append((error, set(_frames())))

    def check_registration(self, name: str, values: Mapping[str, Any]) -> None:
        """Raise what the plugin and Orthanc raise for a registration."""
        registry.check(name, values, self.calls, self.running.routes > 0, self.module)

    def record(self, call: Call) -> None:
        """Record a call, and of a registration which modules make it."""
        self.calls.append(call)
        if call.name.startswith("Register"):
            self.registrations.append((call, _registering()))

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """Forget the registrations of modules that run again."""
        gone = {id(call) for call, modules in self.registrations if any(map(is_gone, modules))}
        self.registrations = [each for each in self.registrations if id(each[0]) not in gone]
        self.calls[:] = [call for call in self.calls if id(call) not in gone]


def _frames() -> Iterator[FrameType]:
    """Yield the frames of this thread, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back


def _registering() -> set[str]:
    """Return the names of the modules whose functions run, up to the innermost module that is being imported.

    A module that imports another does not make its registrations, because a second load of the first does not repeat them.
    """
    names = set()
    for frame in _frames():
        names.add(str(frame.f_globals.get("__name__")))
        if frame.f_code.co_name == "<module>":
            break
    return names


current = Recorder()  # one at a time, as there is one module orthanc


def called(
    name: str,
    values: dict[str, Any],
    *,
    silent: bool,
    checks: Mapping[str, arguments.Argument] = MappingProxyType({}),
) -> Any:
    """Record a call, and return its answer. Each function of the stand-in module calls this with its parameters.

    Args:
        name: as Call.name.
        values: the parameters, and `self` of a method.
        silent: whether the function has no result, and needs no answer.
        checks: what the plugin takes, by parameter.

    Raises:
        TypeError, ValueError, OverflowError, BufferError: for an argument that the plugin does not take.
        RuntimeError: for an object that is no longer valid, and for a registration that the plugin refuses.
        OrthancException: for a second answer to a request, and for a route that is not a regular expression.
    """
    given = dict(values)
    lent = given.pop("self", None)
    arguments.check(name, checks, given, lent)
    arguments.check_together(name, given)
    given = {key: handle.original(value) for key, value in given.items()}
    current.check_registration(name, given)
    outputs.check(name, lent, current.module)
    own = handle.original(lent)
    current.record(Call(name, given, own))
    result = _answer(name, given, silent=silent, lent=lent, own=own)
    if lent is not None:
        outputs.note(name, lent)
        if name == "Job.SubmitJob":
            lent.end(handle.GIVEN)
    return handle.made(result) if isinstance(result, Handle) else result


def _answer(name: str, given: dict[str, Any], *, silent: bool, lent: Handle | None, own: Handle | None) -> Any:
    prepared = lent.answers if lent is not None else {}
    method = name.rpartition(".")[2]
    if name not in current.answers and method in prepared:
        answer = prepared[method]
        if isinstance(answer, handle.OfHandle):
            return answer.function(lent)
        return answer(**given) if callable(answer) else answer
    if name not in current.answers:
        if silent:
            return None
        listed = ", ".join(f"{key}={value!r}" for key, value in given.items())
        error = Unanswered(f'the script calls {name}({listed}), and the test has no answer for it: answer("{name}", ...)')
        current.note(error)
        raise error
    answer = current.answers[name]
    if isinstance(answer, BaseException):
        raise answer
    if callable(answer):
        return answer(*([own] if own is not None else []), **given)
    return answer
