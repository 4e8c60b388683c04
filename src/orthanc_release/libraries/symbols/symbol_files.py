# SPDX-License-Identifier: GPL-3.0-or-later
"""The identity that a library shares with its symbol file: a build ID, a UUID, or the GUID and age of a PDB.

DLLs of mingw have none. Their symbol files have the same headers, so that these are compared.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Iterable
from pathlib import Path

import lief

from orthanc_release.libraries.elf_notes import build_ids
from orthanc_release.libraries.symbols.symbol_contents import problems_of_slices, problems_of_streams, problems_of_symbols

PDB = "PDB "  # how the identity of a DLL with a PDB begins
MSF_MAGIC = b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0"
PDB_STREAM, DBI_STREAM = 1, 3
IDENTITY_SIZE = 28  # a PDB's format, date, age and GUID
NO_STREAM = 0xFFFFFFFF
DEBUG_SECTIONS = (".debug", ".zdebug", "/")  # the last is a long name in a DLL's symbol file


def identity_of_elf(binary: lief.ELF.Binary) -> str:
    """Return the build ID; "" if there is not one."""
    try:
        found = build_ids(binary)
    except struct.error:
        return ""
    return f"build ID {found[0]}" if len(found) == 1 else ""


def identity_of_macho(binary: lief.MachO.Binary) -> str:
    """Return the UUID; "" if there is none."""
    return f"UUID {bytes(binary.uuid.uuid).hex()}" if binary.uuid is not None else ""


def identity_of_pe(binary: lief.PE.Binary) -> str:
    """Return the GUID and the age of its PDB, or a checksum of its headers."""
    for entry in binary.debug:
        if isinstance(entry, lief.PE.CodeViewPDB):
            return f"{PDB}{entry.guid}, age {entry.age}"
    header = binary.optional_header
    # The symbols themselves are such that Windows may discard them. Names are cut in one of the two files.
    discardable = lief.PE.Section.CHARACTERISTICS.MEM_DISCARDABLE
    loaded = [section for section in binary.sections if not section.has_characteristic(discardable)]
    sections = [(section.virtual_address, section.virtual_size) for section in loaded]
    facts = (header.imagebase, header.addressof_entrypoint, sections)
    return f"headers {hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"


def suffix_of_symbols(system: str, identity: str) -> str:
    """Return the suffix of the symbol file that belongs to a library, as in .pdb.

    Args:
        system: As in targets.toml.
        identity: Of the library; "" if it is not known.
    """
    if system == "macos":
        return ".dSYM"
    return ".pdb" if identity.startswith(PDB) else ".debug"


def identities_of(file: Path) -> list[str]:
    """Return the identities in a symbol file, sorted: one, or one for each part of a universal library.

    Raises:
        ValueError: it is not a symbol file; the message says so, as a predicate.
    """
    try:
        content = file.read_bytes()
        return [_identity_of_pdb(content)] if content.startswith(MSF_MAGIC) else _identities_of_dwarf(file, content)
    except (AttributeError, RuntimeError, TypeError, IndexError, struct.error) as error:
        raise ValueError(f"is damaged: {error}") from error


def _identities_of_dwarf(file: Path, content: bytes) -> list[str]:
    if lief.is_macho(str(file)):
        fat = lief.MachO.parse(str(file))
        binaries = [binary for index in range(len(fat)) if (binary := fat.at(index)) is not None] if fat is not None else []
        if not all(binary.has_section("__debug_info") for binary in binaries):
            raise ValueError("has nothing for debuggers")
        _refuse([each for binary in binaries for each in problems_of_symbols(binary, content)])
        _refuse(problems_of_slices(binaries, content))
        return sorted(map(identity_of_macho, binaries))
    parsed = lief.parse(str(file))
    if not isinstance(parsed, (lief.ELF.Binary, lief.PE.Binary)):
        raise ValueError("is not a symbol file")
    if not any(str(section.name).startswith(DEBUG_SECTIONS) for section in parsed.sections):
        raise ValueError("has nothing for debuggers")
    _refuse(problems_of_symbols(parsed, content))
    return [identity_of_elf(parsed) if isinstance(parsed, lief.ELF.Binary) else identity_of_pe(parsed)]


def _refuse(problems: Iterable[str]) -> None:
    if found := " and ".join(problems):
        raise ValueError(found)


def _identity_of_pdb(content: bytes) -> str:
    """Return the GUID of a PDB's own stream, and the age of its stream of modules: debuggers compare these."""
    size, _, count, directory_size, _, map_block = struct.unpack_from("<6I", content, len(MSF_MAGIC))
    if size not in (512, 1024, 2048, 4096) or count * size != len(content):
        raise ValueError("is damaged: it has another size than it says")
    numbers = struct.unpack_from(f"<{-(-directory_size // size)}I", content, map_block * size)
    directory = b"".join(content[number * size : (number + 1) * size] for number in numbers)[:directory_size]
    streams = _streams(content, directory, size)
    _refuse(problems_of_streams(_names_of_streams(streams[PDB_STREAM])))
    guid = uuid.UUID(bytes_le=streams[PDB_STREAM][12:28])
    (age,) = struct.unpack_from("<I", streams[DBI_STREAM], 8)
    return f"{PDB}{guid}, age {age}"


def _names_of_streams(stream: bytes) -> list[str]:
    """Return the names in a PDB's own stream: after its identity, their size and each with a zero byte."""
    if len(stream) == IDENTITY_SIZE:
        return []
    (size,) = struct.unpack_from("<I", stream, IDENTITY_SIZE)
    names = stream[IDENTITY_SIZE + 4 :][:size]
    if len(names) != size:
        raise struct.error("the names of its streams are cut short")
    return [name.decode("latin-1") for name in names.split(b"\0") if name]


def _streams(content: bytes, directory: bytes, size: int) -> list[bytes]:
    (count,) = struct.unpack_from("<I", directory)
    sizes = struct.unpack_from(f"<{count}I", directory, 4)
    place, found = 4 + 4 * count, []
    for length in sizes[: DBI_STREAM + 1]:
        blocks = 0 if length == NO_STREAM else -(-length // size)
        numbers = struct.unpack_from(f"<{blocks}I", directory, place)
        found.append(b"".join(content[number * size : (number + 1) * size] for number in numbers)[:length])
        place += 4 * blocks
    return found
