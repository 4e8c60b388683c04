# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a case's script inside Orthanc, and notes what callbacks are given and what calls of module functions give.

It replaces the module's functions before the script is imported. Each record is a line of JSON in the file OBSERVE_FILE.
"""

import functools
import importlib
import inspect
import itertools
import json
import os
import threading

import orthanc

current = threading.local()  # the calls of the running callback
lock = threading.Lock()
kept = []  # the callbacks: the established plugins 5.0 and 7.1 crash at the stop when nothing but they refer to one
numbers = itertools.count()  # in the order in which calls begin: an answer is sent before its callback ends


def write(record):
    with lock, open(os.environ["OBSERVE_FILE"], "a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def shown(value):
    """The type and the representation of a value, those of items included."""
    if isinstance(value, dict):
        return {"dict": [[shown(key), shown(each)] for key, each in value.items()]}
    if type(value) is bytes and value[128:132] == b"DICM":
        return f"DICOM {value.hex()}"
    if type(value) in (tuple, list):
        return {type(value).__name__: [shown(each) for each in value]}
    return f"{type(value).__name__} {value!r}"


def raised(error):
    if isinstance(error, orthanc.OrthancException):
        return f"{type(error).__name__}{error.args}"
    return type(error).__name__


def ended_call(record, function, arguments, keywords):
    """Call a function and note its result or its exception."""
    try:
        result = function(*arguments, **keywords)
    except BaseException as error:
        record["raised"] = raised(error)
        raise
    record["result"] = shown(result)
    return result


def observed_call(function, *arguments, **keywords):
    record = {
        "number": next(numbers),
        "call": function.__name__,
        "thread": threading.current_thread() is threading.main_thread(),
    }
    if function.__name__.startswith("Log") and arguments:
        record["text"] = str(arguments[0])
    try:
        return ended_call(record, function, arguments, keywords)
    finally:
        calls = getattr(current, "calls", None)
        if calls is None:
            write(record)
        else:
            calls.append(record)


def observed_callback(registration, place, function):
    """A callback that notes its arguments, their names included, and its end."""

    @functools.wraps(function)
    def callback(*arguments, **keywords):
        record = {
            "number": next(numbers),
            "callback": registration,
            "place": place,
            "arguments": [shown(each) for each in arguments],
        }
        record["keywords"] = {name: shown(value) for name, value in sorted(keywords.items())}
        outer = getattr(current, "calls", None)
        current.calls = record["calls"] = []
        try:
            return ended_call(record, function, arguments, keywords)
        finally:
            current.calls = outer
            write(record)

    kept.append(callback)
    return callback


def observable(value):
    """Return whether it is a callback that can be replaced; what decides by the kind of function must see the script's own."""
    return callable(value) and not inspect.isgeneratorfunction(value) and not inspect.iscoroutinefunction(value)


def observed_registration(function):
    @functools.wraps(function)
    def register(*arguments, **keywords):
        wrapped = [
            observed_callback(function.__name__, place, each) if observable(each) else each
            for place, each in enumerate(arguments)
        ]
        return observed_call(function, *wrapped, **keywords)

    return register


for name in dir(orthanc):
    value = getattr(orthanc, name)
    if not callable(value) or isinstance(value, type) or name.startswith("_"):
        continue
    if name.startswith("Register"):
        setattr(orthanc, name, observed_registration(value))
    else:
        setattr(orthanc, name, functools.wraps(value)(functools.partial(observed_call, value)))

importlib.import_module(os.environ["OBSERVE_SCRIPT"])
