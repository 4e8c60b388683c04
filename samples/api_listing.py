# SPDX-License-Identifier: GPL-3.0-or-later
# Lists what the module "orthanc" has in this server: functions, classes, enumerations.
# curl http://localhost:8042/python-api

import inspect
import json
from typing import Any

import orthanc


def members_of(enumeration: type) -> dict[str, int]:
    values = {name: getattr(enumeration, name) for name in dir(enumeration) if name.isupper()}
    return {name: int(value) for name, value in values.items() if isinstance(value, int)}


def methods_of(each: type) -> list[str]:
    return [name for name in dir(each) if not name.startswith("_") and callable(getattr(each, name))]


def describe_api() -> dict[str, Any]:
    functions: list[str] = []
    classes: dict[str, list[str]] = {}
    enumerations: dict[str, dict[str, int]] = {}
    exceptions: list[str] = []
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


def listing(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    output.AnswerBuffer(json.dumps(describe_api(), indent=2), "application/json")


orthanc.RegisterRestCallback("/python-api", listing)
