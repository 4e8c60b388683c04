# SPDX-License-Identifier: GPL-3.0-or-later
r"""Assembles a PYTHON_WINDOWS_ROOT: the folder of a Python for Windows as python.org's installer lays it out.

From python.org's embeddable distribution (a folder or zip), without headers and import libraries:

    python windows/python_root.py --embeddable python-3.13.2-embed-amd64.zip \
        --include INCLUDE --pyconfig PC/pyconfig.h.in build/python313

For linking only, without a DLL, from the names of a libpython of the same version for Linux, or of a text file (one a line):

    python windows/python_root.py --names-of libpython3.14.so.1.0 --version 3.14 --processor x86_64 \
        --include INCLUDE --pyconfig PC/pyconfig.h.in build/python314

From an installed Python, of which what a build needs not is left out:

    python windows/python_root.py --installed C:/Python313 build/python313

Needs LIEF, and for the import library a dlltool: llvm-dlltool (any processor) or that of mingw-w64.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import lief

TABLE = Path(__file__).resolve().parents[1] / "src" / "orthanc_python" / "libraries" / "processors.json"
PROCESSORS = json.loads(TABLE.read_text(encoding="utf-8"))
# CPython's platform module asks the WMI, and Wine 8 does not survive that.
LEFT_OUT = {"_wmi.pyd"}


class RootError(Exception):
    """No root can be made of the given files; the message says why."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 with a message on standard error when it fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--embeddable", type=Path, help="embeddable distribution: a folder or a zip")
    source.add_argument("--installed", type=Path, help="folder of an installed Python")
    source.add_argument(
        "--names-of",
        type=Path,
        metavar="LIBRARY",
        help="a shared libpython for Linux, or a text file of its names, to make only what is linked to",
    )
    parser.add_argument("--version", help="such as 3.14 or 3.14t (with --names-of)")
    parser.add_argument("--include", type=Path, help="headers of the same CPython, of any system (with --embeddable)")
    parser.add_argument("--pyconfig", type=Path, help="PC/pyconfig.h or pyconfig.h.in of CPython's sources (with --embeddable)")
    parser.add_argument("--processor", choices=PROCESSORS, help="only headers and import library, for this processor")
    parser.add_argument("output", type=Path)
    options = parser.parse_args(arguments)
    if not options.installed and not (options.include and options.pyconfig):
        parser.error("--embeddable and --names-of need --include and --pyconfig")
    if options.names_of and not (options.processor and re.fullmatch(r"3\.\d+t?", options.version or "")):
        parser.error("--names-of needs --processor, and --version such as 3.14 or 3.14t")
    try:
        with tempfile.TemporaryDirectory(prefix=".python-root-", dir=_existing_parent(options.output)) as work:
            root = Path(work) / "root"
            if options.installed:
                copy_installed(options.installed, root)
            elif options.names_of:
                dll = f"python{options.version.replace('.', '')}.dll"
                assemble_for_linking(options.names_of, dll, options.include, options.pyconfig, root, options.processor)
            else:
                assemble(unpacked(options.embeddable, Path(work)), options.include, options.pyconfig, root, options.processor)
            if options.output.exists():
                shutil.rmtree(options.output)
            root.rename(options.output)
    except (RootError, OSError, zipfile.BadZipFile) as error:
        print(f"python_root: {error}", file=sys.stderr)
        return 1
    return 0


def copy_installed(installed: Path, root: Path) -> None:
    """Copy interpreter, standard library, headers and import libraries. Raise RootError when one is missing."""
    for name in ("include", "libs", "Lib", "DLLs"):
        if not (installed / name).is_dir():
            raise RootError(f"{installed} is not a Python that the installer has made: it has no folder {name}")
    root.mkdir()
    for name in ("include", "libs", "DLLs"):
        shutil.copytree(installed / name, root / name)
    shutil.copytree(installed / "Lib", root / "Lib", ignore=shutil.ignore_patterns("test", "__pycache__", "site-packages"))
    for pattern in ("*.dll", "*.exe", "LICENSE*"):
        for file in installed.glob(pattern):
            shutil.copy2(file, root)


def unpacked(embeddable: Path, work: Path) -> Path:
    """Return the folder of an embeddable distribution, after unpacking a zip. Raise RootError when it is neither."""
    if embeddable.is_dir():
        return embeddable
    if not zipfile.is_zipfile(embeddable):
        raise RootError(f"{embeddable} is neither a folder nor a zip")
    folder = work / "embeddable"
    with zipfile.ZipFile(embeddable) as archive:
        archive.extractall(folder)  # zipfile keeps members within the folder
    return folder


def assemble(embeddable: Path, include: Path, pyconfig: Path, root: Path, processor: str | None = None) -> None:
    """Make a root of an embeddable distribution. Raise RootError when it is none, or the headers are of another version."""
    libraries = [file for file in embeddable.glob("python3*.dll") if re.fullmatch(r"python3\d+t?\.dll", file.name)]
    if len(libraries) != 1:
        raise RootError(f"{embeddable} is not an embeddable distribution: it has {len(libraries)} files such as python313.dll")
    library = libraries[0]
    image = lief.PE.parse(str(library))
    export = image.get_export() if image is not None else None
    if image is None or export is None:
        raise RootError(f"{library} is not a DLL")
    own = next(name for name, each in PROCESSORS.items() if each["pe"] == image.header.machine.name)
    names = {str(entry.name) for entry in export.entries if entry.name}
    add_headers(library.name, include, pyconfig, root)
    make_import_library(library.name, names, root / "libs" / f"{library.stem}.lib", processor or own)
    if processor is None:
        copy_runtime(embeddable, library, root)


def assemble_for_linking(names_of: Path, dll: str, include: Path, pyconfig: Path, root: Path, processor: str) -> None:
    """Make a root without a DLL. Raise RootError when the library has no names, or the headers are of another version."""
    binary = lief.ELF.parse(str(names_of))
    if binary is not None:
        exported = {str(symbol.name) for symbol in binary.exported_symbols}
    else:
        exported = set(names_of.read_text(encoding="utf-8", errors="replace").split())
    names = {name for name in exported if re.fullmatch(r"_?Py\w+", name)}  # and none of the linker's
    if not names:
        raise RootError(f"{names_of} is not a libpython for Linux, and not a list of its names")
    add_headers(dll, include, pyconfig, root)
    make_import_library(dll, names, root / "libs" / f"{Path(dll).stem}.lib", processor)


def add_headers(dll: str, include: Path, pyconfig: Path, root: Path) -> None:
    """Copy the headers. Raise RootError when they are not those of the DLL's CPython."""
    check_headers(include, dll)
    root.mkdir()
    shutil.copytree(include, root / "include")
    shutil.copy2(pyconfig, root / "include" / "pyconfig.h")  # in place of another system's


def check_headers(include: Path, dll: str) -> None:
    """Raise RootError when the headers are not those of the DLL's CPython."""
    patchlevel = include / "patchlevel.h"
    text = patchlevel.read_text(encoding="utf-8") if patchlevel.is_file() else ""
    match = re.search(r'define PY_VERSION\s+"3\.(\d+)', text)
    if match is None:
        raise RootError(f"{include} has no headers of CPython: patchlevel.h is missing or says no version")
    if not re.fullmatch(rf"python3{match[1]}t?\.dll", dll):
        raise RootError(f"{include} has the headers of CPython 3.{match[1]}, but the distribution has {dll}")


def copy_runtime(embeddable: Path, library: Path, root: Path) -> None:
    """Copy the interpreter, and the standard library from its archive: tools expect it in Lib, extension modules in DLLs."""
    (root / "DLLs").mkdir()
    with zipfile.ZipFile(embeddable / f"{library.stem}.zip") as archive:
        archive.extractall(root / "Lib")
    for file in embeddable.iterdir():
        if file.name in LEFT_OUT or file.suffix in (".zip", "._pth", ".cat"):
            continue
        beside = file.suffix == ".exe" or file.name.startswith(("python", "vcruntime")) or file.name.startswith("LICENSE")
        shutil.copy2(file, root if beside else root / "DLLs")


def make_import_library(dll: str, names: set[str], output: Path, processor: str) -> None:
    """Make the import library of a DLL that exports these names. Raise RootError when no dlltool is to be had."""
    output.parent.mkdir()
    definition = output.with_suffix(".def")
    lines = [f"LIBRARY {dll}\nEXPORTS\n", *(f"  {name}\n" for name in sorted(names))]
    definition.write_text("".join(lines), encoding="utf-8")
    prefix = PROCESSORS[processor]["mingw"]
    candidates = [*(f"llvm-dlltool{suffix}" for suffix in ("", *(f"-{version}" for version in range(25, 13, -1))))]
    if prefix:
        candidates.insert(0, f"{prefix}-w64-mingw32-dlltool")
    tool = next((found for name in candidates if (found := shutil.which(name))), None)
    if tool is None:
        raise RootError("there is no dlltool. Install one (Debian, Ubuntu: apt-get install llvm, or binutils-mingw-w64)")
    machine = PROCESSORS[processor]["dlltool"]
    subprocess.run([tool, "-m", machine, "-d", definition, "-D", dll, "-l", output], check=True)
    definition.unlink()


def _existing_parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.parent


if __name__ == "__main__":
    sys.exit(main())
