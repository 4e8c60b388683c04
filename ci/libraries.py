# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finished library says of itself, read from the outside with LIEF, in the same words for ELF, PE and Mach-O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import lief
from processors import ELF, MACHO, PE

lief.logging.disable()

PRINTING = {"fprintf", "snprintf", "sprintf", "vfprintf", "vsnprintf"}  # C functions that have a checked variant
GUARD_ON_X86_64 = re.compile(rb"\x64[\x48\x4c]\x8b[\x04-\x3c]\x25\x28\0\0\0")  # mov %fs:0x28, register


@dataclass
class Library:
    """One library, or one of the libraries in a universal one."""

    system: str
    processor: str
    exports: set[str]
    dependencies: set[str]
    minimum: tuple[int, ...]  # the oldest glibc, Windows or macOS
    weaknesses: set[str] = field(default_factory=set)  # what hardening it lacks, as far as it shows from the outside
    run_paths: set[str] = field(default_factory=set)
    version_resource: dict[str, str] = field(default_factory=dict)  # Windows
    install_name: str = ""  # macOS
    signed: bool = False  # macOS: has a signature, if only an ad-hoc one


@dataclass(frozen=True)
class About:
    """What a library says of itself, by the text that cmake/describe_itself.cmake gives it."""

    version: str
    python: str  # such as 3.13 or 3.14t; "the one that it finds" in a loader
    sdk: str
    compiler: str
    system: str


ABOUT = re.compile(rb"orthanc-python ([\w.]+); CPython: ([\w. ]+); SDK: ([\w.]+); compiler: ([\w. ]+); system: ([\w. ]+)\0")


def read_about(path: Path) -> About | None:
    """What the library in a file says of itself, if it does."""
    match = ABOUT.search(path.read_bytes())
    return About(*(text.decode() for text in match.groups())) if match else None


class NoLibraryError(Exception):
    """The file is not a library of a known format."""


def read_libraries(path: Path) -> list[Library]:
    """The library in a file; several when it is universal. Raises NoLibraryError."""
    if lief.is_macho(str(path)):
        fat = lief.MachO.parse(str(path))
        binaries = [fat.at(index) for index in range(len(fat))] if fat is not None else []
        return [_read_macho(binary) for binary in binaries if binary is not None]
    binary = lief.parse(str(path))
    if isinstance(binary, lief.ELF.Binary):
        return [_read_elf(binary)]
    if isinstance(binary, lief.PE.Binary):
        return [_read_pe(binary)]
    raise NoLibraryError(f"{path} is not a library of Linux, Windows or macOS")


def _read_elf(binary: lief.ELF.Binary) -> Library:
    needed = [str(each.name) for needed in binary.symbols_version_requirement for each in needed.get_auxiliary_symbols()]
    versions = [tuple(map(int, match[1].split("."))) for name in needed if (match := re.fullmatch(r"GLIBC_([\d.]+)", name))]
    tags = lief.ELF.DynamicEntry.TAG
    weaknesses = set()
    stack = binary.get(lief.ELF.Segment.TYPE.GNU_STACK)
    if stack is None or lief.ELF.Segment.FLAGS.X in stack:
        weaknesses.add("executable stack")
    if binary.get(lief.ELF.Segment.TYPE.GNU_RELRO) is None:
        weaknesses.add("no RELRO")
    imports = {str(symbol.name) for symbol in binary.imported_symbols}
    checked = {name for name in imports if re.fullmatch(r"__\w+_chk", name)}
    # Statically linked C++ runtimes are not built so, and use the plain functions too: one checked function is proof.
    if imports & PRINTING and not checked:
        weaknesses.add("no checked C functions (_FORTIFY_SOURCE)")
    # zig has the protector's function in a static library, so that its use of the guard is what shows; on x86_64 alone.
    code = b"".join(bytes(section.content) for section in binary.sections if section.name == ".text")
    known = binary.header.machine_type.name == "X86_64"
    if "__stack_chk_fail" not in imports and known and not GUARD_ON_X86_64.search(code):
        weaknesses.add("no stack protector")
    if not any(entry.tag in (tags.FLAGS, tags.FLAGS_1) and "NOW" in str(entry) for entry in binary.dynamic_entries):
        weaknesses.add("no immediate binding")
    paths = {
        path
        for entry in binary.dynamic_entries
        if isinstance(entry, (lief.ELF.DynamicEntryRpath, lief.ELF.DynamicEntryRunPath))
        for path in entry.paths
    }
    return Library(
        system="linux",
        processor=ELF.get(binary.header.machine_type.name, binary.header.machine_type.name),
        exports={str(symbol.name) for symbol in binary.exported_symbols},
        dependencies={str(name) for name in binary.libraries},
        minimum=max(versions, default=()),
        weaknesses=weaknesses,
        run_paths=paths,
    )


def _read_pe(binary: lief.PE.Binary) -> Library:
    header = binary.optional_header
    wanted = {"DYNAMIC_BASE": "no address space randomization", "NX_COMPAT": "executable data"}
    if header.magic == lief.PE.PE_TYPE.PE32_PLUS:
        wanted["HIGH_ENTROPY_VA"] = "only 32 bits of address space randomization"
    has = {flag.name for flag in header.dll_characteristics_lists}
    resource: dict[str, str] = {}
    manager = binary.resources_manager
    if isinstance(manager, lief.PE.ResourcesManager) and manager.has_version:
        text = str(manager.version[0])
        resource = dict(re.findall(r"^\s+(\w+): (.*?)\s*$", text, re.MULTILINE))
    export = binary.get_export()
    return Library(
        system="windows",
        processor=PE.get(binary.header.machine.name, binary.header.machine.name),
        exports={str(entry.name) for entry in export.entries} if export is not None else set(),
        dependencies={str(library.name) for library in binary.imports},
        minimum=(header.major_subsystem_version, header.minor_subsystem_version),
        weaknesses={text for flag, text in wanted.items() if flag not in has},
        version_resource=resource,
    )


def _read_macho(binary: lief.MachO.Binary) -> Library:
    build = binary.build_version
    identity = lief.MachO.LoadCommand.TYPE.ID_DYLIB
    names = (
        command for command in binary.commands if isinstance(command, lief.MachO.DylibCommand) and command.command == identity
    )
    install_name = next((str(command.name) for command in names), "")
    dependencies = {str(library.name) for library in binary.libraries} - {install_name}
    return Library(
        system="macos",
        processor=MACHO.get(binary.header.cpu_type.name, binary.header.cpu_type.name),
        exports={str(symbol.name).removeprefix("_") for symbol in binary.exported_symbols},
        dependencies=dependencies,
        minimum=tuple(build.minos) if build is not None else (),
        # Whether there is a stack protector does not show: zig has all of it in a static library.
        run_paths={str(command.path) for command in binary.rpaths},
        install_name=install_name,
        signed=binary.has_code_signature,
    )
