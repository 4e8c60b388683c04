# SPDX-License-Identifier: GPL-3.0-or-later
# Everything the module "orthanc" offers in this server, found by introspection: functions, classes, enumerations.
# curl http://localhost:8042/python-api

import inspect
import json
import numbers

import orthanc


def members_of(enumeration) -> dict[str, int]:
    values = {name: getattr(enumeration, name) for name in dir(enumeration) if not name.startswith("_")}
    return {name: int(value) for name, value in values.items() if name.isupper() and isinstance(value, numbers.Number)}


def methods_of(each) -> list[str]:
    return [name for name in dir(each) if not name.startswith("_") and callable(getattr(each, name))]


def describe_api() -> dict:
    functions, classes, enumerations, exceptions = [], {}, {}, []
    for name, value in inspect.getmembers(orthanc):
        if name.startswith("_"):
            continue
        if not inspect.isclass(value):
            if callable(value):
                functions.append(name)
        elif issubclass(value, Exception):
            exceptions.append(name)
        elif members := members_of(value):
            enumerations[name] = members
        else:
            classes[name] = methods_of(value)
    return {"functions": functions, "classes": classes, "enumerations": enumerations, "exceptions": exceptions}


def listing(output, uri, **request):
    output.AnswerBuffer(json.dumps(describe_api(), indent=2), "application/json")


orthanc.RegisterRestCallback("/python-api", listing)
