# SPDX-License-Identifier: GPL-3.0-or-later
"""The script of fuzz_plugin: callbacks that check their arguments, and that call the module `orthanc` as the input says.

An exception that no caller of the module should ever see ends the process, so that the fuzzer notes it.
"""

import gc
import logging
import os
import sys
import traceback
import warnings

import orthanc

EXPECTED = (TypeError, ValueError, OverflowError, BufferError, MemoryError, RuntimeError, orthanc.OrthancException)
MOST_CALLS = 8
DETAILS = "details: "  # of a script, and the client may see them; fuzz_plugin.cpp knows the text


class Fuzzed(Exception):
    """Raised by the callables that are passed as arguments."""


class Index:
    def __init__(self, value):
        self.value = value

    def __index__(self):
        if self.value is None:
            raise Fuzzed
        return self.value


class Unprintable(Exception):
    def __str__(self):
        raise Fuzzed

    __repr__ = __str__


class Job:
    """A job that returns anything."""

    def __init__(self, values):
        self.values = values

    def step(self):
        return self.values.pop() if self.values else None

    def progress(self):
        return self.step()

    def content(self):
        return self.step()

    def serialize(self):
        return self.step()


def is_enumeration(thing):
    return isinstance(thing, type) and type(thing) is not type(orthanc.Image) and not issubclass(thing, Exception)


def functions():
    """Return the functions and methods of the module, except those that register: a registration would outlive the input."""
    found = []
    for name in sorted(each for each in dir(orthanc) if not each.startswith("_")):
        thing = getattr(orthanc, name)
        if isinstance(thing, type):
            found.append(thing)
            if not is_enumeration(thing) and not issubclass(thing, Exception):
                found += [getattr(thing, each) for each in sorted(dir(thing)) if not each.startswith("_")]
        elif callable(thing) and not name.startswith("Register"):
            found.append(thing)
    return found


FUNCTIONS = functions()
ENUMERATIONS = [[getattr(thing, name) for name in dir(thing)] for thing in FUNCTIONS if is_enumeration(thing)]
CLASSES = [
    thing for thing in FUNCTIONS if isinstance(thing, type) and not is_enumeration(thing) and not issubclass(thing, Exception)
]


class Input:
    """Reads values from bytes; where they end it goes on with zeros."""

    def __init__(self, data, output):
        self.data = data
        self.place = 0
        self.output = output
        self.results = []

    def byte(self):
        self.place += 1
        return self.data[self.place - 1] if self.place <= len(self.data) else 0

    def bytes(self):
        size = self.byte()
        self.place += size
        return self.data[self.place - size : self.place]

    def many(self):
        return [self.value() for _ in range(self.byte() % 6)]

    def callable(self):
        result = self.value()

        def answer(*arguments, **keywords):
            if isinstance(result, BaseException):
                raise result
            return result

        return answer

    def value(self):
        if self.place > len(self.data):
            return None
        return VALUES[self.byte() % len(VALUES)](self)


def short(value):
    return repr(value)[:16]  # escapes within escapes would fill the memory


VALUES = [
    lambda input: None,
    lambda input: input.byte(),
    lambda input: int.from_bytes(input.bytes()[:9], "little", signed=True),
    lambda input: bool(input.byte() & 1),
    lambda input: input.byte() / 16,
    lambda input: input.bytes().decode("utf-8", "replace"),
    lambda input: input.bytes().decode("utf-8", "surrogateescape"),
    lambda input: input.bytes(),
    lambda input: bytearray(input.bytes()),
    lambda input: memoryview(input.bytes())[:: 1 + input.byte() % 2],
    lambda input: dict(zip(map(short, input.many()), map(short, input.many()), strict=False)),
    lambda input: dict.fromkeys(map(short, input.many()), input.value()),
    lambda input: tuple(input.many()),
    lambda input: input.many(),
    lambda input: ENUMERATIONS[input.byte() % len(ENUMERATIONS)][input.byte() % 3 - 1],
    lambda input: input.output,
    lambda input: input.results[input.byte() % len(input.results)] if input.results else None,
    lambda input: CLASSES[input.byte() % len(CLASSES)].__new__(CLASSES[input.byte() % len(CLASSES)]),
    lambda input: Index(input.value()),
    lambda input: input.callable(),
    lambda input: Job(input.many()),
    lambda input: (value for value in input.many()),
    lambda input: Fuzzed(),
    lambda input: Unprintable(),
    lambda input: orthanc.OrthancException(*input.many()),
]


def check_call(function, arguments, keywords):
    """The result of a call; None if it raised what it may raise."""
    try:
        return function(*arguments, **keywords)
    except (Fuzzed, Unprintable, *EXPECTED):
        return None
    except BaseException:
        traceback.print_exc()
        os.abort()


def collecting(callback):
    """Collect the garbage of each input before the next one, and not in the midst of any."""

    def collected(output, uri, **request):
        gc.collect()
        callback(output, uri, **request)

    return collected


def call(output, uri, **request):
    input = Input(request["body"], output)
    for _ in range(MOST_CALLS):
        if input.place >= len(input.data):
            break
        function = FUNCTIONS[(input.byte() | input.byte() << 8) % len(FUNCTIONS)]
        try:
            arguments = input.many()
        except EXPECTED:  # some values cannot be made, such as an instance of a class by another's __new__
            continue
        input.results.append(check_call(function, arguments, {}))


def check_request(output, uri, **request):
    """Check that the callback's arguments are well-formed, and can be answered as they came."""
    try:
        assert type(uri) is str and uri.encode("utf-8").startswith(b"/")
        assert all(type(group) is str for group in request["groups"])
        for texts in (request["headers"], request.get("get", {})):
            assert all(type(text) is str and text.encode("utf-8") is not None for pair in texts.items() for text in pair)
        assert ("get" in request) == (request["method"] == "GET")
        assert ("body" in request) == (request["method"] in ("POST", "PUT"))
    except BaseException:
        traceback.print_exc()
        os.abort()
    output.SendHttpStatus(200, request.get("body", uri))


def fail(output, uri, **request):
    """Raise something that the input chooses."""
    input = Input(request.get("body", uri.encode()), output)
    kinds = [KeyError, SystemExit, KeyboardInterrupt, Unprintable, orthanc.OrthancException, GeneratorExit, StopIteration]
    raise kinds[input.byte() % len(kinds)](*input.many())


def texts(output, uri, **request):
    """Send and log one text in all ways, and fail with it."""
    data = request["body"]
    text = data[1:].decode("utf-8", ("replace", "backslashreplace", "surrogateescape")[data[0] % 3] if data else "strict")
    for function in (output.Redirect, output.SendUnauthorized, output.SendMethodNotAllowed):
        check_call(function, [text], {})
    for function in (output.SetHttpHeader, output.SetCookie, output.StartMultipartAnswer):
        check_call(function, [text, "value"], {})
        check_call(function, ["key", text], {})
    check_call(output.AnswerBuffer, [b"", text], {})
    if data and data[0] & 4:
        check_call(output.SetHttpErrorDetails, [DETAILS + text, 1], {})
    for headers in ({text: "value"}, {"key": text}):
        check_call(output.SendMultipartItem2, [b"", headers], {})
        check_call(orthanc.HttpClient, [1, "http://server/", headers, b""], {})
    for arguments in ([text], ["http://server/", text], ["http://server/", "user", text]):
        check_call(orthanc.HttpGet, arguments, {})
    for function in (orthanc.LogError, orthanc.LogWarning, orthanc.LogInfo):
        check_call(function, [text], {})
    logging.warning("%s", text)
    warnings.warn(text, stacklevel=1)
    kinds = [ValueError, KeyError, UnicodeError, OSError, orthanc.OrthancException]
    raise kinds[data[-1] % len(kinds) if data else 0](text)


def stop(unraisable):
    """The plugin's way of saying that it could not describe an error for Orthanc's log."""
    traceback.print_exception(unraisable.exc_value)
    os.abort()


sys.unraisablehook = stop
gc.disable()
gc.freeze()  # what is here now stays, and need not be looked at again
for route, callback in (("/call", call), ("/check", check_request), ("/fail", fail), ("/texts", texts)):
    orthanc.RegisterRestCallback(route, collecting(callback))
