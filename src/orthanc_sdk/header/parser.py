# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses an SDK header with libclang.

The PyPI libclang brings no compiler headers, and the result must not depend on the machine's: the few types that the
declarations need come from the folder `include` beside this file, and function bodies are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clang import cindex  # type: ignore[import-untyped]

from orthanc_sdk.errors import ReaderError
from orthanc_sdk.header.documentation import parse_documentation
from orthanc_sdk.header.model import (
    CType,
    Documentation,
    Enumeration,
    Function,
    Handle,
    Header,
    Member,
    Parameter,
    Structure,
    TypeKind,
)

CursorKind = cindex.CursorKind
ClangKind = cindex.TypeKind

_INCLUDE = Path(__file__).parent / "include"
_ARGUMENTS = ["-nostdinc", f"-I{_INCLUDE}", "-x", "c++", "-std=c++17", "-Wno-pragma-once-outside-header"]
_VERSION_MACROS = tuple(f"ORTHANC_PLUGINS_MINIMAL_{part}_NUMBER" for part in ("MAJOR", "MINOR", "REVISION"))
_SINCE = "ORTHANC_PLUGIN_SINCE_SDK "
_FUNCTION = re.compile(r"OrthancPlugin[A-Z]")
_INTEGERS = {
    ClangKind.SCHAR, ClangKind.UCHAR, ClangKind.SHORT, ClangKind.USHORT, ClangKind.INT, ClangKind.UINT,
    ClangKind.LONG, ClangKind.ULONG, ClangKind.LONGLONG, ClangKind.ULONGLONG,
}  # fmt: skip
_SIMPLE = {
    ClangKind.VOID: TypeKind.VOID,
    ClangKind.CHAR_S: TypeKind.CHAR,
    ClangKind.CHAR_U: TypeKind.CHAR,
    ClangKind.FLOAT: TypeKind.REAL,
    ClangKind.DOUBLE: TypeKind.REAL,
    ClangKind.ENUM: TypeKind.ENUMERATION,
    **dict.fromkeys(_INTEGERS, TypeKind.INTEGER),
}
_STRUCTURES = {
    "OrthancPluginContext": TypeKind.CONTEXT,
    "OrthancPluginMemoryBuffer": TypeKind.MEMORY_BUFFER,
    "OrthancPluginMemoryBuffer64": TypeKind.MEMORY_BUFFER,
}


def parse_header(path: Path) -> Header:
    """The header's model. Raises ReaderError when it is missing, does not parse, or is not Orthanc's."""
    if not path.is_file():
        raise ReaderError(f"no SDK header at {path}")
    unit = _translate(path)
    cursors = [cursor for cursor in _declarations(unit.cursor) if _is_in(cursor, path)]
    version = _version(cursors)
    functions = {f.name: f for f in map(_function, filter(_is_sdk_function, cursors))}
    if not version or not functions:
        raise ReaderError(f"{path} is not the header of an Orthanc SDK (OrthancCPlugin.h)")
    used = {
        t.name for f in functions.values() for t in (f.result, *(p.type for p in f.parameters)) if t.kind is TypeKind.HANDLE
    }
    typedefs = [cursor for cursor in cursors if cursor.kind == CursorKind.TYPEDEF_DECL and not cursor.spelling.startswith("_")]
    return Header(
        version,
        tuple(_enumeration(cursor) for cursor in typedefs if _target(cursor).kind == CursorKind.ENUM_DECL),
        tuple(_handle(cursor) for cursor in typedefs if cursor.spelling in used or _is_opaque(cursor)),
        tuple(functions.values()),
    )


def _translate(path: Path) -> Any:
    options = cindex.TranslationUnit.PARSE_SKIP_FUNCTION_BODIES | cindex.TranslationUnit.PARSE_DETAILED_PROCESSING_RECORD
    try:
        unit = cindex.Index.create().parse(str(path), args=_ARGUMENTS, options=options)
    except (cindex.LibclangError, cindex.TranslationUnitLoadError) as error:
        raise ReaderError(f"libclang cannot read {path}: {error}") from error
    for diagnostic in unit.diagnostics:
        if diagnostic.severity >= cindex.Diagnostic.Error:
            where = diagnostic.location
            raise ReaderError(f"{where.file or path}:{where.line}:{where.column}: {diagnostic.spelling}")
    return unit


def _declarations(cursor: Any) -> Iterator[Any]:
    """The children, those inside extern "C" included (some libclang releases show that as an unexposed declaration)."""
    for child in cursor.get_children():
        if child.kind in (CursorKind.LINKAGE_SPEC, CursorKind.UNEXPOSED_DECL):
            yield from _declarations(child)
        else:
            yield child


def _is_in(cursor: Any, path: Path) -> bool:
    return cursor.location.file is not None and cursor.location.file.name == str(path)


def _version(cursors: list[Any]) -> str:
    """ "1.13.0", or "" when a macro is missing."""
    macros = {}
    for cursor in cursors:
        if cursor.kind == CursorKind.MACRO_DEFINITION and cursor.spelling in _VERSION_MACROS:
            macros[cursor.spelling] = [token.spelling for token in cursor.get_tokens()][-1]
    parts = [macros.get(name, "") for name in _VERSION_MACROS]
    return ".".join(parts) if all(part.isdecimal() for part in parts) else ""


def _is_sdk_function(cursor: Any) -> bool:
    # The plugin's own exports (OrthancPluginGetName) are declared without a body, thus not static.
    return (
        cursor.kind == CursorKind.FUNCTION_DECL
        and cursor.storage_class == cindex.StorageClass.STATIC
        and _FUNCTION.match(cursor.spelling) is not None
    )


def _since(*cursors: Any) -> str:
    for cursor in cursors:
        for child in cursor.get_children():
            if child.kind == CursorKind.ANNOTATE_ATTR and child.spelling.startswith(_SINCE):
                return str(child.spelling.removeprefix(_SINCE))
    return ""


def _target(typedef: Any) -> Any:
    return typedef.underlying_typedef_type.get_canonical().get_declaration()


def _is_opaque(typedef: Any) -> bool:
    """Return whether the header declares a structure of its own without its fields: a class in Python, even without methods."""
    target = _target(typedef)
    return bool(target.kind == CursorKind.STRUCT_DECL and target.get_definition() is None)


def _documentation(*cursors: Any) -> Documentation:
    return parse_documentation(next((cursor.raw_comment for cursor in cursors if cursor.raw_comment), None))


def _function(cursor: Any) -> Function:
    documentation = _documentation(cursor)
    return Function(
        cursor.spelling,
        _type(cursor.result_type),
        tuple(Parameter(argument.spelling or f"argument{index}", _type(argument.type))
              for index, argument in enumerate(cursor.get_arguments(), 1)),
        documentation,
        _since(cursor),
        cursor.availability == cindex.AvailabilityKind.DEPRECATED or bool(documentation.deprecated),
        tuple(dict.fromkeys(given for argument in cursor.get_arguments() for given in _given(argument.type))),
    )  # fmt: skip


def _given(callback: Any) -> Iterator[Structure]:
    """The structures that a function pointer is given to read; nothing for another type."""
    function = callback.get_canonical().get_pointee()
    if function.kind != ClangKind.FUNCTIONPROTO:
        return
    for argument in function.argument_types():
        pointee = argument.get_pointee()
        if pointee.kind != ClangKind.INVALID and pointee.is_const_qualified():
            definition = pointee.get_canonical().get_declaration().get_definition()
            name = re.sub(r"\bconst\b|\bstruct\b", "", pointee.spelling).strip()
            if definition is not None and definition.kind == CursorKind.STRUCT_DECL and name not in _STRUCTURES:
                yield Structure(name, tuple(field.spelling for field in definition.type.get_fields()))


def _enumeration(typedef: Any) -> Enumeration:
    declaration = _target(typedef)
    members = tuple(
        Member(cursor.spelling, cursor.enum_value, _documentation(cursor), _since(cursor))
        for cursor in declaration.get_children()
        # ..._INTERNAL only makes every compiler use 32 bits
        if cursor.kind == CursorKind.ENUM_CONSTANT_DECL and not cursor.spelling.startswith("_")
    )
    return Enumeration(typedef.spelling, members, _documentation(typedef, declaration), _since(typedef, declaration))


def _handle(typedef: Any) -> Handle:
    declaration = _target(typedef)
    return Handle(typedef.spelling, _documentation(typedef, declaration), _since(typedef, declaration))


def _type(clang_type: Any) -> CType:
    spelling = clang_type.spelling.replace(" *", "*")
    depth = 0
    while clang_type.get_canonical().kind == ClangKind.POINTER:
        pointee = clang_type.get_canonical().get_pointee()
        if pointee.kind in (ClangKind.FUNCTIONPROTO, ClangKind.FUNCTIONNOPROTO):
            return CType(TypeKind.FUNCTION, spelling, 0, False, spelling)
        # A typedef of a data pointer would hide the pointee's name; the SDK has none.
        clang_type = clang_type.get_pointee() if clang_type.kind == ClangKind.POINTER else pointee
        depth += 1
    canonical = clang_type.get_canonical()
    name = re.sub(r"\bconst\b|\benum\b|\bstruct\b", "", clang_type.spelling).strip()
    kind = _SIMPLE.get(canonical.kind, TypeKind.OTHER)
    if canonical.kind == ClangKind.RECORD:
        opaque = canonical.get_declaration().get_definition() is None
        kind = _STRUCTURES.get(name, TypeKind.HANDLE if opaque else TypeKind.STRUCTURE)
    return CType(kind, name, depth, bool(canonical.is_const_qualified()), spelling)
