# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a section of Orthanc's configuration into a dataclass or a model of pydantic."""

from __future__ import annotations

import dataclasses
import difflib
import enum
import importlib
import json
import sys
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

T = TypeVar("T")

NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "the path of a file or folder"}
LONGEST_VALUE = 200  # characters of a value in an error


class SettingError(ValueError):
    """A setting has a wrong value, is missing or unknown. The text names its section and key."""


def read_section(name: str, kind: type[T]) -> T:
    """Return a section of Orthanc's configuration; one that is missing is empty.

    The key of a field `max_retries` is "MaxRetries", or "max_retries". A field's metadata {"key": "AETs"} names another.

    Args:
        name: of the section, such as "Routing" for {"Routing": {"MaxRetries": 3}}.
        kind: a dataclass, or a model of pydantic.

    Raises:
        SettingError: a value does not fit its field, a key is unknown, or a field without default is missing.
    """
    orthanc: Any = importlib.import_module("orthanc")  # here: it is there inside Orthanc alone

    return fill(kind, json.loads(orthanc.GetConfiguration()).get(name, {}), f'section "{name}"')


def fill(kind: type[T], values: object, place: str) -> T:
    """Return an object of the class with these values. `place` says in errors where they stand."""
    if not isinstance(values, Mapping):
        raise SettingError(f"the {place} must be an object, not {_shown(values)}")
    if hasattr(kind, "model_validate"):
        return typing.cast(T, _filled_model(kind, values, place))
    if not dataclasses.is_dataclass(kind):
        raise TypeError(f"{kind!r} is not a dataclass or a model of pydantic")
    fields = {each.name: each for each in dataclasses.fields(kind) if each.init}
    keys = {name: str(each.metadata.get("key", _pascal(name))) for name, each in fields.items()}
    given = _by_field(values, keys, place)
    hints = typing.get_type_hints(kind)
    missing = dataclasses.MISSING
    for name, each in fields.items():
        if name not in given and each.default is missing and each.default_factory is missing:
            raise SettingError(f'the setting "{keys[name]}" of the {place} is missing: it must be {_expected(hints[name])}')
    return kind(**{name: _value(value, hints[name], f'"{keys[name]}" of the {place}') for name, value in given.items()})


def _filled_model(kind: Any, values: Mapping[str, Any], place: str) -> Any:
    keys = {name: field.alias or _pascal(name) for name, field in kind.model_fields.items()}
    given = {kind.model_fields[name].alias or name: value for name, value in _by_field(values, keys, place).items()}
    try:
        return kind.model_validate(given)
    except ValueError as error:  # pydantic's ValidationError is one
        first = error.errors()[0]  # type: ignore[attr-defined]
        name, *inner = (str(each) for each in first["loc"] or ("",))
        path = ".".join([keys.get(name, name), *inner])
        setting = f'setting "{path}" of the ' if path else ""
        raise SettingError(f"the {setting}{place}: {first['msg']}") from None


def _by_field(values: Mapping[str, Any], keys: Mapping[str, str], place: str) -> dict[str, Any]:
    names = {key: name for name, key in keys.items()} | {name: name for name in keys}
    given: dict[str, Any] = {}
    for key, value in values.items():
        if key not in names:
            near = difflib.get_close_matches(key, keys.values(), n=1)
            advice = f'write "{near[0]}" instead' if near else f"known are {', '.join(sorted(keys.values()))}"
            raise SettingError(f"the setting {_shown(key)} of the {place} is unknown: {advice}")
        if names[key] in given:
            raise SettingError(f'the setting "{keys[names[key]]}" of the {place} is given twice, also as "{names[key]}"')
        given[names[key]] = value
    return given


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} [...]"


def _pascal(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _value(value: Any, hint: Any, place: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _first_fit(value, arguments, hint, place)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return fill(hint, value, f"setting {place}")
    if _is_record(origin, arguments) and isinstance(value, list) and len(value) == len(arguments):
        return tuple(_value(*each, f"{place}, item {index}") for index, each in enumerate(zip(value, arguments, strict=True)))
    if origin in (list, tuple, set) and isinstance(value, list) and not _is_record(origin, arguments):
        item = arguments[0] if arguments else Any
        return origin(_value(each, item, f"{place}, item {index}") for index, each in enumerate(value))
    if hint is tuple and isinstance(value, list):
        return tuple(value)
    if origin is dict and isinstance(value, dict):
        item = arguments[1] if arguments else Any
        return {key: _value(each, item, f'{place}, key "{key}"') for key, each in value.items()}
    if _fits(value, hint, origin, arguments):
        return hint(value) if isinstance(hint, type) and issubclass(hint, (Path, enum.Enum, float)) else value
    raise SettingError(f"the setting {place} must be {_expected(hint)}, not {_shown(value)}")


def _is_record(origin: Any, arguments: tuple[Any, ...]) -> bool:
    """Return whether a type is a tuple with a type for each item, such as tuple[int, str], but not tuple[int, ...]."""
    return origin is tuple and len(arguments) > 0 and arguments[-1] is not ...


def _first_fit(value: Any, choices: Iterable[Any], hint: Any, place: str) -> Any:
    for choice in choices:
        try:
            return _value(value, choice, place)
        except SettingError:
            continue
    raise SettingError(f"the setting {place} must be {_expected(hint)}, not {_shown(value)}")


def _fits(value: Any, hint: Any, origin: Any, arguments: tuple[Any, ...]) -> bool:
    if hint is Any:
        return True
    if origin is Literal:
        return any(
            type(value) is type(_plain(each)) and value == _plain(each) for each in arguments
        )  # to Python, true equals 1
    if hint in (None, type(None)):
        return value is None
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return any(value == each.value and isinstance(value, bool) is isinstance(each.value, bool) for each in hint)
    if hint is float:
        return type(value) in (int, float) and abs(value) <= sys.float_info.max
    if hint is Path:
        return isinstance(value, str)
    return type(value) is hint


def _plain(choice: Any) -> Any:
    """Return a choice of a Literal as JSON has it."""
    return choice.value if isinstance(choice, enum.Enum) else choice


def _expected(hint: Any) -> str:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal or (isinstance(hint, type) and issubclass(hint, enum.Enum)):
        return " or ".join(json.dumps(_plain(each)) for each in (arguments or hint))
    if origin in (Union, types.UnionType):
        return " or ".join(map(_expected, arguments))
    if _is_record(origin, arguments):
        return f"a list of {len(arguments)} items: {', '.join(map(_expected, arguments))}"
    if origin in (list, tuple, set) or hint in (list, tuple):
        return f"a list, each item {_expected(arguments[0])}" if arguments else "a list"
    if hint in (None, type(None)):
        return "null"
    return NAMES.get(hint, "an object" if dict in (origin, hint) or dataclasses.is_dataclass(hint) else str(hint))
