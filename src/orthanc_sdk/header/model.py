# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of an SDK header, free of libclang."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Documentation:
    """A doxygen comment, taken apart. Absent parts are empty; text is as the header spells it, one line a paragraph."""

    brief: str = ""
    details: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    deprecated: str = ""
    group: str = ""  # the chapter of the SDK's own documentation, such as "Images"


class TypeKind(enum.Enum):
    """The kind of thing at the end of a C type's pointers."""

    VOID = "void"
    CHAR = "char"
    INTEGER = "integer"
    REAL = "real"
    ENUMERATION = "enumeration"
    HANDLE = "handle"  # a structure the header declares but does not define
    CONTEXT = "context"
    MEMORY_BUFFER = "memory buffer"
    STRUCTURE = "structure"
    FUNCTION = "function pointer"
    OTHER = "other"


@dataclass(frozen=True)
class CType:
    """A C type: `depth` pointers to `name`, const or not. A function pointer has depth 0."""

    kind: TypeKind
    name: str
    depth: int = 0
    const: bool = False
    spelling: str = ""

    def is_value(self, kind: TypeKind) -> bool:
        """Return whether this is that kind itself, not a pointer to it."""
        return self.kind is kind and self.depth == 0

    def is_pointer(self, kind: TypeKind, *, const: bool) -> bool:
        """Return whether this is one pointer to that kind, const or not as given."""
        return self.kind is kind and self.depth == 1 and self.const is const


@dataclass(frozen=True)
class Parameter:
    name: str
    type: CType


@dataclass(frozen=True)
class Structure:
    """A structure whose fields a callback reads, `name` in full (OrthancPluginHttpRequest)."""

    name: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """An SDK function, `name` in full (OrthancPluginRestApiGet). `since` is "" where the header does not say.

    `given` are the structures that its callbacks are given.
    """

    name: str
    result: CType
    parameters: tuple[Parameter, ...]
    documentation: Documentation
    since: str = ""
    deprecated: bool = False
    given: tuple[Structure, ...] = ()

    @property
    def signature(self) -> str:
        """The declaration on one line, for messages."""
        parameters = ", ".join(f"{parameter.type.spelling} {parameter.name}" for parameter in self.parameters)
        return f"{self.result.spelling} {self.name}({parameters})"


@dataclass(frozen=True)
class Member:
    """A member of an enumeration, `name` in full (OrthancPluginPixelFormat_RGB24)."""

    name: str
    value: int
    documentation: Documentation
    since: str = ""


@dataclass(frozen=True)
class Enumeration:
    name: str
    members: tuple[Member, ...]
    documentation: Documentation
    since: str = ""


@dataclass(frozen=True)
class Handle:
    """An opaque structure that functions take or give."""

    name: str
    documentation: Documentation
    since: str = ""


@dataclass(frozen=True)
class Header:
    """A parsed SDK header; everything in the header's order."""

    version: str
    enumerations: tuple[Enumeration, ...]
    handles: tuple[Handle, ...]
    functions: tuple[Function, ...]
