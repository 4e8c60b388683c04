# SPDX-License-Identifier: GPL-3.0-or-later
"""Symbol files that are not those of a release's libraries are refused: a row for each way, on what ci/release has kept."""

from __future__ import annotations

import os
import shutil
import struct
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import USED, VERSION, unzipped
from tampered_elf import with_bytes_between_sections, with_names, with_section, with_section_flag
from tampering import Edit, added, changed, removed

from orthanc_release.archives import write_zip
from orthanc_release.describe.sums import write_sums
from orthanc_release.inspection.files import inspect
from orthanc_release.libraries.checks import Checked, Promise
from orthanc_release.libraries.model import Library
from orthanc_release.libraries.symbols.symbol_files import MSF_MAGIC, identities_of
from orthanc_release.sources import Source
from orthanc_release.targets import read_targets
from orthanc_release.verify import symbol_checks
from orthanc_release.verify.symbol_checks import folder_of_symbols, problems_of_symbols
from orthanc_release.verify.verify import read_manifest, rows_of_symbols

Change = Callable[[Path], object]
LINUX, ARM, WINDOWS, MACOS = (f"OrthancPython-{VERSION}-{target}-symbols.zip" for target in USED)
PLUGIN = "OrthancPython/OrthancPython-python3.13"
DSYM = f"{PLUGIN}.dylib.dSYM/Contents"
DWARF = f"{DSYM}/Resources/DWARF/OrthancPython-python3.13.dylib"


@pytest.fixture(scope="module")
def libraries(release: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Checked]:
    """All libraries of the release."""
    files = [file.name for file in read_manifest(release).files if file.kind in ("bundle", "plugin")]
    works = (tmp_path_factory.mktemp("work") for _ in files)
    return [each for name, work in zip(files, works, strict=True) for each in inspect(release / name, work).libraries]


@pytest.fixture
def symbols(release: Path, tmp_path: Path) -> Path:
    """A copy of the symbol files beside the release."""
    copy = tmp_path / "symbols"
    copy.mkdir()
    for file in folder_of_symbols(release).iterdir():
        os.link(file, copy / file.name)
    return copy


def repacked(name: str, edit: Edit) -> Change:
    """Return a change of the files in an archive, after which SHA256SUMS has its checksum."""

    def change(folder: Path) -> None:
        files = edit(unzipped(folder / name))
        (folder / name).unlink()
        write_zip(folder / name, files, SECONDS, level=1)
        summed(folder)

    return change


def summed(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()
    write_sums(folder, folder.glob("*.zip"))


def put(name: str, of: str) -> Edit:
    """Return an edit that puts another file of the archive in the place of one."""

    def edit(files: dict[str, bytes]) -> dict[str, bytes]:
        assert files[name] != files[of]
        return {**files, name: files[of]}

    return edit


def from_other(archive: str, name: str, target: str) -> Change:
    """Return a change that takes a symbol file from the archive of another target."""

    def change(folder: Path) -> None:
        repacked(archive, added(name, unzipped(folder / target)["libOrthancPython.so.debug"]))(folder)

    return change


def with_library(folder: Path) -> None:
    """Put the library itself in the place of its symbols: it has the same build ID."""
    release = folder.parent / "bundle.zip"
    name = "libOrthancPython.so"
    repacked(LINUX, added(f"{name}.debug", unzipped(release)[name]))(folder)


def unlinked(name: str) -> Change:
    """Return a change that takes a whole archive away."""

    def change(folder: Path) -> None:
        (folder / name).unlink()
        summed(folder)

    return change


def with_bytes_behind(folder: Path) -> None:
    content = (folder / LINUX).read_bytes()
    (folder / LINUX).unlink()
    (folder / LINUX).write_bytes(content + b"payload")
    summed(folder)


def without_sums(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()


def with_other_sum(folder: Path) -> None:
    text = (folder / "SHA256SUMS").read_text()
    (folder / "SHA256SUMS").unlink()
    (folder / "SHA256SUMS").write_text(text.replace(text[:64], "0" * 64))


def script(archive: str, name: str, section: bytes) -> Change:
    """Return a change of the name of a section to the beginning of that from which GDB runs scripts."""
    new = section[: section.index(b"debug")] + b"debug_gdb_scri"
    return repacked(archive, changed(name, section + b"\0", new.ljust(len(section) + 1, b"\0")))


def between(archive: str, name: str) -> Change:
    """Return a change that moves the section headers, and writes into the gap."""
    return repacked(archive, lambda files: {**files, name: with_bytes_between_sections(files[name])})


def behind(archive: str, name: str) -> Change:
    return repacked(archive, lambda files: {**files, name: files[name] + b"payload!"})


def loaded(name: str, kind: int) -> Change:
    """Return a change that adds a section of Python code for GDB, with the flag of what is loaded."""
    section, code = name.encode(), b"\4inlined\nprint(1)\n\0"

    def edit(files: dict[str, bytes]) -> dict[str, bytes]:
        file = with_section(kind, section, code)(with_names(section + b"\0")(files[f"{PLUGIN}.so.debug"]))
        return {**files, f"{PLUGIN}.so.debug": with_section_flag(section, ALLOC)(file)}

    return repacked(LINUX, edit)


def info(old: bytes, new: bytes) -> Change:
    return repacked(MACOS, changed(f"{DSYM}/Info.plist", old, new))


def hidden(archive: str, name: str) -> Change:
    """Return a change that writes into the zeros between the headers and the first section."""

    def edit(files: dict[str, bytes]) -> dict[str, bytes]:
        content = files[name]
        if archive == WINDOWS:
            (header,) = struct.unpack_from("<I", content, 0x3C)
            (sections,), (optional,) = (struct.unpack_from("<H", content, header + place) for place in (6, 20))
            start = header + 24 + optional + 40 * sections
        else:
            start = 32 + struct.unpack_from("<I", content, 20)[0]
        assert content[start : start + 8] == bytes(8)
        return {**files, name: content[:start] + b"payload!" + content[start + 8 :]}

    return repacked(archive, edit)


CULPRIT = b"\t\t<key>CFBundleVersion</key>\n\t\t<string>1</string>\n"
ALLOC, PROGBITS, NOTE, NOBITS = 2, 1, 7, 8  # of sections
SECONDS = 1_700_000_000
OTHER = "but it is of another library: it has the"
ROWS: list[tuple[str, Change, str]] = [
    ("no archive for Linux", unlinked(LINUX), f"{LINUX} is missing"),
    ("no archive for macOS", unlinked(MACOS), f"{MACOS} is missing"),
    ("no archive for Windows", unlinked(WINDOWS), f"{WINDOWS} is missing"),
    ("an archive more", lambda folder: shutil.copy(folder / LINUX, folder / "evil.zip"), "evil.zip does not belong"),
    ("a symbol file less", repacked(LINUX, removed(f"{PLUGIN}.so.debug")), f"{LINUX} lacks {PLUGIN}.so.debug"),
    ("a symbol file less for Windows", repacked(WINDOWS, removed(f"{PLUGIN}.dll.debug")), f"lacks {PLUGIN}.dll.debug"),
    (
        "a symbol file less for macOS",
        repacked(MACOS, removed(f"{DSYM}/Resources/DWARF/OrthancPython-python3.13.dylib")),
        f"{MACOS} lacks {DSYM}/Resources/DWARF/OrthancPython-python3.13.dylib",
    ),
    ("a symbol file more", repacked(LINUX, added("evil.so.debug")), "has evil.so.debug, of no library of the release"),
    ("a library", repacked(LINUX, added(f"{PLUGIN}.so")), f"has {PLUGIN}.so, of no library of the release"),
    ("a file more in a dSYM", repacked(MACOS, added(f"{DSYM}/Resources/evil.py")), "evil.py, of no library of the release"),
    ("symbols of another Python", repacked(LINUX, put(f"{PLUGIN}.so.debug", f"{PLUGIN[:-4]}3.11.so.debug")), OTHER),
    ("symbols of the loader", repacked(LINUX, put(f"{PLUGIN}.so.debug", "libOrthancPython.so.debug")), OTHER),
    ("symbols of another link", repacked(WINDOWS, put(f"{PLUGIN}.dll.debug", "python3.13/OrthancPython.dll.debug")), OTHER),
    (
        "symbols of another link for macOS",
        repacked(
            MACOS,
            put(
                f"{DSYM}/Resources/DWARF/OrthancPython-python3.13.dylib",
                "python3.13/libOrthancPython.dylib.dSYM/Contents/Resources/DWARF/libOrthancPython.dylib",
            ),
        ),
        OTHER,
    ),
    ("symbols of another processor", from_other(LINUX, "libOrthancPython.so.debug", ARM), OTHER),
    ("a library in place of its symbols", with_library, "has nothing for debuggers"),
    ("a script of GDB", script(LINUX, f"{PLUGIN}.so.debug", b".debug_pubtypes"), ".debug_gdb_scri, which is not for debuggers"),
    ("a script of GDB for Windows", script(WINDOWS, f"{PLUGIN}.dll.debug", b".debug_rnglists"), ".debug_gdb_scri, which is"),
    ("a script for macOS", script(MACOS, DWARF, b"__debug_ranges\0"), "__debug_gdb_scri, which is not for debuggers"),
    ("a script of GDB as a note", loaded(".debug_gdb_scripts", NOTE), ".debug_gdb_scripts, which is not for debuggers"),
    ("an unknown note", loaded(".note.other", NOTE), ".note.other, which is not for debuggers"),
    ("a loaded script of GDB", loaded(".debug_gdb_scripts", PROGBITS), ".debug_gdb_scripts, which is not for debuggers"),
    ("a script of GDB without bytes", loaded(".debug_gdb_scripts", NOBITS), ".debug_gdb_scripts, which is not for debuggers"),
    ("bytes between", between(LINUX, f"{PLUGIN}.so.debug"), "bytes between its sections"),
    ("bytes behind", behind(LINUX, f"{PLUGIN}.so.debug"), "has 8 bytes after its end"),
    ("another Info.plist", repacked(MACOS, changed(f"{DSYM}/Info.plist", b"????", b"evil")), "is not as dsymutil writes it"),
    (
        "a comment in Info.plist",
        repacked(MACOS, changed(f"{DSYM}/Info.plist", b"</dict>", b"</dict><!-- -->")),
        "is not as dsymutil writes it",
    ),
    ("an instruction in Info.plist", info(b"<dict>", b"<?evil?><dict>"), "is not as dsymutil writes it"),
    ("free text in Info.plist", info(b"<dict>", b"<dict>evil"), "is not as dsymutil writes it"),
    ("a key twice in Info.plist", info(b"\t</dict>", CULPRIT + b"\t</dict>"), "is not as dsymutil writes it"),
    ("bytes behind Info.plist", info(b"</plist>\n", b"</plist>\n\n"), "is not as dsymutil writes it"),
    ("bytes behind for Windows", behind(WINDOWS, f"{PLUGIN}.dll.debug"), "has 8 bytes after its end"),
    ("bytes behind for macOS", behind(MACOS, DWARF), "has 8 bytes after its end"),
    ("bytes between for macOS", hidden(MACOS, DWARF), "bytes between its sections"),
    ("bytes between for Windows", hidden(WINDOWS, f"{PLUGIN}.dll.debug"), "bytes between its sections"),
    ("a damaged Info.plist", repacked(MACOS, changed(f"{DSYM}/Info.plist", b"<", b"\xff")), "is not as dsymutil writes it"),
    (
        "relocations",
        repacked(MACOS, added(f"{DSYM}/Resources/Relocations/aarch64/x.yml", b"evil")),
        "x.yml, of no library of the release",
    ),
    ("a text", repacked(LINUX, added("libOrthancPython.so.debug", b"symbols")), "is not a symbol file"),
    ("nothing", repacked(WINDOWS, added("OrthancPython.dll.debug", b"")), "is not a symbol file"),
    ("bytes behind an archive", with_bytes_behind, f"{LINUX} has bytes after its end"),
    ("no checksums", without_sums, "SHA256SUMS is not as ci/release writes it"),
    ("another checksum", with_other_sum, "SHA256SUMS is not as ci/release writes it"),
]


def problems(folder: Path, libraries: list[Checked]) -> list[str]:
    return [f"{name} {problem}" for name, problem in problems_of_symbols(folder, VERSION, libraries, None)]


def test_nothing_is_wrong(symbols: Path, libraries: list[Checked], source: Source) -> None:
    assert problems(symbols, libraries) == []
    rows = list(rows_of_symbols(symbols, VERSION, libraries, source))
    assert [Path(row.name).name for row in rows] == sorted([LINUX, ARM, WINDOWS, MACOS, "SHA256SUMS"])
    assert not any(row.problems for row in rows)


@pytest.mark.parametrize(("change", "text"), [pytest.param(*row[1:], id=row[0]) for row in ROWS])
def test_tampered_symbols(change: Change, text: str, symbols: Path, release: Path, libraries: list[Checked]) -> None:
    shutil.copy(release / f"OrthancPython-{VERSION}-linux-x86_64.zip", symbols.parent / "bundle.zip")
    change(symbols)
    found = problems(symbols, libraries)
    assert any(text in problem for problem in found), found


def pdb(guid: uuid.UUID, age: int, *names: str) -> bytes:
    """Return a PDB that has no more than its identity and names of streams: four streams in blocks of 512 bytes."""
    text = "".join(f"{name}\0" for name in names).encode()
    named = struct.pack("<I", len(text)) + text if names else b""
    streams = [b"", struct.pack("<III", 20000404, 0, 9) + guid.bytes_le + named, b"", struct.pack("<iII", -1, 19990903, age)]
    directory = struct.pack("<5I", 4, *map(len, streams)) + struct.pack("<2I", 4, 5)
    header = MSF_MAGIC + struct.pack("<6I", 512, 1, 6, len(directory), 0, 2)
    blocks = [header, b"", struct.pack("<I", 3), directory, streams[1], streams[3]]
    return b"".join(block.ljust(512, b"\0") for block in blocks)


GUID = uuid.UUID("fd98d663-d200-7629-4c4c-44205044422e")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (pdb(GUID, 1), ""),
        (pdb(GUID, 2), f"{OTHER} PDB {GUID}, age 2, the library the PDB {GUID}, age 1"),
        (pdb(uuid.UUID(int=7), 1), OTHER),
        (pdb(GUID, 1, "/LinkInfo", "/names", "/src/headerblock"), ""),
        (pdb(GUID, 1, "/names", "srcsrv"), "has the stream srcsrv, which is not for debuggers"),
        (pdb(GUID, 1, "/src/files/x.py"), "has the stream /src/files/x.py, which is not for debuggers"),
        (pdb(GUID, 1, "x.NatVis"), "has the stream x.NatVis, which is not for debuggers"),
        (pdb(GUID, 1, "sourcelink$1"), "has the stream sourcelink$1, which is not for debuggers"),
        (pdb(GUID, 1, "srcsrv").replace(b"\7\0\0\0srcsrv", b"\xff\0\0\0srcsrv"), "is damaged"),
        (pdb(GUID, 1)[:-1], "is damaged: it has another size than it says"),
        (MSF_MAGIC, "is damaged"),
        (b"", "is not a symbol file"),
    ],
    ids=[
        "right",
        "another age",
        "another GUID",
        "usual",
        "srcsrv",
        "a source",
        "natvis",
        "sourcelink",
        "cut names",
        "cut short",
        "no more than its beginning",
        "nothing",
    ],
)
def test_pdb(content: bytes, text: str, tmp_path: Path) -> None:
    """MSVC's libraries name the GUID and the age of their PDB."""
    target = read_targets()["windows-x86_64"]
    library = Library("windows", "x86_64", set(), set(), (), identity=f"PDB {GUID}, age 1")
    checked = Checked(tmp_path / target.loader, Promise(target, None, False), [library], None, [])
    write_zip(tmp_path / WINDOWS, {f"{target.loader}.pdb": content}, SECONDS)
    write_sums(tmp_path, tmp_path.glob("*.zip"))
    found = problems(tmp_path, [checked])
    assert found == [] if not text else any(text in problem for problem in found), found


def test_no_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files of macOS without a UUID have nothing that shows whether they belong together."""
    monkeypatch.setattr(symbol_checks, "identities_of", lambda file: [""])
    target = read_targets()["macos-arm64"]
    checked = Checked(
        tmp_path / target.loader, Promise(target, None, False), [Library("macos", "arm64", set(), set(), ())], None, []
    )
    write_zip(tmp_path / MACOS, {f"{target.loader}.dSYM/Contents/Resources/DWARF/{target.loader}": b"symbols"}, SECONDS)
    write_sums(tmp_path, tmp_path.glob("*.zip"))
    assert any("has no identity" in problem for problem in problems(tmp_path, [checked]))


def test_universal_symbols_are_those_of_its_parts(tmp_path: Path) -> None:
    target = read_targets()["macos-universal2"]
    libraries = [Library("macos", processor, set(), set(), (), identity="UUID 1") for processor in ("x86_64", "arm64")]
    checked = Checked(tmp_path / target.loader, Promise(target, None, False), libraries, None, [])
    write_sums(tmp_path, [])
    assert problems(tmp_path, [checked]) == []


def test_damaged_symbols(tmp_path: Path, symbols: Path) -> None:
    """A symbol file that is cut anywhere gives a sentence or an identity, and never another error."""
    for name, file in unzipped(symbols / LINUX).items():
        for part in (10, 100, 5000, len(file) // 2):
            (tmp_path / "cut.debug").write_bytes(file[:part])
            try:
                identities_of(tmp_path / "cut.debug")
            except ValueError as error:
                assert str(error), name
