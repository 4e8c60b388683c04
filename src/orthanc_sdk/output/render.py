# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a library into the files of the build: C++, stub and report."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from orthanc_sdk.binding.rules import Binding, Kind, Library
from orthanc_sdk.header.model import Enumeration
from orthanc_sdk.names import member_name, short_name, snake_case
from orthanc_sdk.output.checks import checks
from orthanc_sdk.output.coverage import coverage, coverage_json
from orthanc_sdk.output.cpp import CppFunction, cpp_function, literal
from orthanc_sdk.output.docstrings import brief, deprecation, docstring, full_text, with_since
from orthanc_sdk.output.jinja_environment import jinja_environment
from orthanc_sdk.output.routines import routines
from orthanc_sdk.output.services import availability, services
from orthanc_sdk.output.stub import stub_signature

_TEMPLATES = (
    "generated.h",
    "sdk_services.h",
    "enumerations.cpp",
    "handles.cpp",
    "functions.cpp",
    "routines.cpp",
    "orthanc.pyi",
    "coverage.md",
    "testing.py",
)


@dataclass(frozen=True)
class MemberView:
    short: str
    value: int
    documentation: str


@dataclass(frozen=True)
class EnumerationView:
    name: str
    short: str
    members: tuple[MemberView, ...]
    documentation: str


@dataclass(frozen=True)
class MethodView:
    """A function or method of the stub."""

    name: str
    signature: str
    documentation: str
    deprecated: str
    checked: str


@dataclass(frozen=True)
class HandleView:
    name: str
    short: str
    snake: str
    documentation: str
    destructor: str
    functions: tuple[CppFunction, ...]
    methods: tuple[MethodView, ...]


def render(library: Library) -> dict[str, str]:
    """The files' contents, by name."""
    environment = jinja_environment()
    environment.filters["literal"] = literal
    environment.filters["docstring"] = _python_docstring
    environment.filters["quoted"] = _quoted
    handwritten = [binding.hand_written for binding in library.bindings if binding.bound and binding.hand_written]
    context = {
        "version": library.header.version,
        "enumerations": [_enumeration(enumeration) for enumeration in library.header.enumerations],
        "handles": _handles(library),
        "functions": _cpp_functions(library, ""),
        "methods": _methods(library, ""),
        "routines": routines(library),
        "services": services(library),
        "availability": availability(library),
        # Which callback types and dictionaries the stub needs
        "types": " ".join(f"{entry.arguments} {entry.result}" for entry in handwritten),
        "coverage": coverage(library),
    }
    files = {name: environment.get_template(f"{name}.jinja").render(context) for name in _TEMPLATES}
    files["coverage.json"] = coverage_json(library)
    return files


def _enumeration(enumeration: Enumeration) -> EnumerationView:
    members = tuple(
        MemberView(
            member_name(enumeration.name, member.name),
            member.value,
            with_since(full_text(member.documentation), member.since),
        )
        for member in enumeration.members
    )
    documentation = with_since(brief(enumeration.documentation), enumeration.since)
    return EnumerationView(
        enumeration.name, short_name(enumeration.name), members, f"{documentation}\n\n{enumeration.name}".strip()
    )


def _handles(library: Library) -> list[HandleView]:
    views = []
    for handle in library.header.handles:
        short = short_name(handle.name)
        destructor = library.destructor(handle)
        views.append(
            HandleView(
                handle.name,
                short,
                snake_case(short),
                f"{with_since(brief(handle.documentation), handle.since)}\n\n{handle.name}".strip(),
                destructor.name if destructor else "",
                _cpp_functions(library, short),
                _methods(library, short),
            )
        )
    return views


def _cpp_functions(library: Library, owner: str) -> tuple[CppFunction, ...]:
    return tuple(cpp_function(binding) for binding in library.members(owner) if binding.kind is Kind.GENERATED)


def _methods(library: Library, owner: str) -> tuple[MethodView, ...]:
    return tuple(_method(binding) for binding in library.members(owner))


def _method(binding: Binding) -> MethodView:
    documentation = docstring(binding, short=False)
    return MethodView(binding.name, stub_signature(binding), documentation, deprecation(binding), checks(binding))


def _quoted(text: str) -> str:
    """A Python string literal in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _python_docstring(text: str, indent: int) -> str:
    """A docstring, its later lines indented."""
    escaped = text.replace("\\", "\\\\").replace('"""', "'''")
    lines = [part for line in escaped.split("\n") for part in (textwrap.wrap(line, 110 - indent) or [""])]
    if len(lines) == 1:
        body = lines[0] + (" " if lines[0].endswith('"') else "")
        return f'"""{body}"""'
    rest = "\n".join(" " * indent + line if line else "" for line in lines[1:])
    return f'"""{lines[0]}\n{rest}\n{" " * indent}"""'
