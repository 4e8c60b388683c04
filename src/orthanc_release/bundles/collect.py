# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a release that come from what ci/build has written: plugins that stand alone, bundles and the stub."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from string import Template

import lief

from orthanc_python.libraries.file_names import plugins_beside, version_of
from orthanc_release.archives import write_zip
from orthanc_release.artifacts import bundle_name, plugin_name, symbols_name
from orthanc_release.libraries.symbols.symbol_files import identity_of_pe, suffix_of_symbols
from orthanc_release.targets import PROCESSOR_TITLES, ROOT, SYSTEMS, Target, oldest_system, system_name

FILES = Path("src", "orthanc_release", "bundles", "files")  # in the sources
# How that system's users write paths, in JSON.
PATHS = {
    "linux": {
        "path": "/usr/share/orthanc/plugins/libOrthancPython.so",
        "script": "/etc/orthanc/hello.py",
        "executable": "/usr/bin/python3.13",
        "environment": "/opt/orthanc-python",
    },
    "macos": {
        "path": "/usr/local/share/orthanc/plugins/libOrthancPython.dylib",
        "script": "/usr/local/etc/orthanc/hello.py",
        "executable": "/usr/local/bin/python3.13",
        "environment": "/Users/orthanc/env",
    },
    "windows": {
        "path": "C:/Orthanc/Plugins/OrthancPython.dll",
        "script": "C:/Orthanc/hello.py",
        "executable": "C:/Python313/python.exe",
        "environment": "C:/Orthanc/env",
    },
}


def pythons_in(target: Target, folder: Path) -> list[str]:
    """The CPython versions that ci/build has built a target for, the oldest first."""
    plugins = plugins_beside(folder / target.name / target.loader)
    return sorted(map(version_of, plugins), key=lambda python: (int(python.rstrip("t").split(".")[1]), python))


def collect_plugins(target: Target, pythons: Iterable[str], folder: Path, version: str, output: Path) -> list[Path]:
    """Copy a target's plugins that stand alone under their names in the release."""
    made = []
    for python in pythons:
        source = folder / target.name / target.stand_alone(python)
        if source.exists():
            made.append(Path(shutil.copyfile(source, output / plugin_name(version, python, target))))
    return made


def collect_bundle(target: Target, pythons: list[str], folder: Path, version: str, output: Path, seconds: int) -> Path:
    """Make the archive of a target's loader and plugins, all its files of one date (seconds since 1970)."""
    files = {target.loader: (folder / target.name / target.loader).read_bytes()}
    for python in pythons:
        files[target.plugin(python).as_posix()] = (folder / target.name / target.plugin(python)).read_bytes()
    archive = output / bundle_name(version, target)
    write_zip(archive, {**files, **texts_of_bundle(target, pythons, version)}, seconds)
    return archive


def collect_symbols(
    target: Target, libraries: Iterable[Path], folder: Path, version: str, output: Path, seconds: int
) -> Path | None:
    """Make the archive of what debuggers need of a target's libraries; none if they have no such files.

    `libraries` are relative to the target's folder in `folder`.
    """
    base = folder / target.name
    places = (base / f"{target.symbols(path)}{_suffix_of_symbols(target, base / path)}" for path in libraries)
    found = [entry for entry in places if entry.exists()]
    all_files = [file for entry in found for file in (entry.rglob("*") if entry.is_dir() else [entry]) if file.is_file()]
    files = {file.relative_to(base / "symbols").as_posix(): file.read_bytes() for file in all_files}
    if not files:
        return None
    output.mkdir(parents=True, exist_ok=True)
    archive = output / symbols_name(version, target)
    write_zip(archive, files, seconds, level=6)  # 9 takes five times as long, for a hundredth less
    return archive


def _suffix_of_symbols(target: Target, library: Path) -> str:
    """Return the suffix of a library's symbol file. Files of another compiler's library can be beside it."""
    dll = lief.PE.parse(str(library)) if target.system == "windows" and library.exists() else None
    return suffix_of_symbols(target.system, identity_of_pe(dll) if dll is not None else "")


def texts_of_bundle(target: Target, pythons: Iterable[str], version: str, sources: Path = ROOT) -> dict[str, bytes]:
    """Return what a bundle has besides libraries, by the names of its files."""
    processor, _ = PROCESSOR_TITLES[target.processor]
    title = f"OrthancPython {version} for {SYSTEMS[target.system]} ({processor})"
    values = {
        "version": version,
        "system": SYSTEMS[target.system],
        "processor": processor,
        "underline": "=" * len(title),
        "pythons": ", ".join(pythons),
        "oldest": f"{system_name(target.system, oldest_system(target, pythons, target.minimum))} or later",
        "loader": target.loader,
        **PATHS[target.system],
    }
    files = {}
    for name in ("README.txt", "orthanc.json"):
        template = Template((sources / FILES / name).read_text(encoding="utf-8"))
        text = template.substitute(values)
        files[name] = (text.replace("\n", "\r\n") if target.system == "windows" else text).encode()
    files["LICENSE"] = (sources / "LICENSE").read_bytes()
    files["hello.py"] = (sources / "samples" / "hello.py").read_bytes()
    return files


def collect_stub(targets: Iterable[Target], folder: Path, output: Path) -> Path:
    """Copy orthanc.pyi from a build: it is the same for all. Raise FileNotFoundError if there is none.

    That of ci/build itself comes first: a folder of one CPython may be of a native build or of a former ci/build.
    """
    targets = list(targets)
    for name in ("build-pythons", "build-python*"):
        for target in targets:
            for stub in sorted(folder.glob(f"{target.name}/{name}/orthanc.pyi")):
                return Path(shutil.copyfile(stub, output / "orthanc.pyi"))
    raise FileNotFoundError(f"there is no build-python*/orthanc.pyi of a target in {folder}; ci/build makes it")
