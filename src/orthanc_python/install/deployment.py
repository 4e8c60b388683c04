# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the plugin into the folder of an existing Orthanc, takes it away, and returns what its configuration needs."""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orthanc_python.failure import Failure
from orthanc_python.install.place import RECORD, Place, copy_folder, write
from orthanc_python.install.records import read_record
from orthanc_python.libraries.file_names import LOADER, PLUGINS, plugin_for, plugins_beside
from orthanc_python.libraries.installation import find_plugin, python_version
from orthanc_python.libraries.library import Kind, read_library
from orthanc_python.libraries.machine import Machine
from orthanc_python.releases.archives import unpack
from orthanc_python.releases.downloads import Report
from orthanc_python.releases.inspection import check_bundle, check_plugin
from orthanc_python.releases.manifest import Release, ReleaseFile
from orthanc_python.releases.sources import Source, fetch, sha256
from orthanc_python.rights import how_to_put
from orthanc_python.script_file import check_script
from orthanc_python.trust.history import NEWEST, accepted, memory, newest_of, newest_seen, refuse_downgrade


@dataclass(frozen=True)
class Installed:
    """The result of an installation."""

    files: list[Path]
    version: str  # of the release; "" if it is from this environment
    former: str | None  # of what is kept for a rollback, "" if it is from no release; None if there is nothing
    changed: bool = True  # whether it was not there before


class NothingKept(Failure):
    """Nothing is there to bring back or to remove, and another attempt would not find it either."""


def install(folder: Path) -> Installed:
    """Copy the loader and this interpreter's plugin, beside those of other Pythons."""
    source = find_plugin()
    place = _place(folder)
    if source.parent == folder.resolve():
        raise Failure(f"{folder} is where the plugin lies already")
    loader = read_library(source).kind is Kind.LOADER
    with place.locked():
        staged = place.stage()
        if loader and place.path(PLUGINS).is_dir() and _has_loader(place):
            copy_folder(place.path(PLUGINS), staged / PLUGINS)
        _copy(source, staged / LOADER)
        if loader:
            _copy(plugin_for(source, python_version()), plugin_for(staged / LOADER, python_version()))
        if changed := not _same(staged, place):
            place.exchange()
        return _installed(place, changed)


def _has_loader(place: Place) -> bool:
    """Return whether the loader is there. A package manager may have removed it, and left the folder of its plugins."""
    library = place.path(LOADER)
    return library.is_file() and read_library(library).kind is Kind.LOADER


def admit(folder: Path, release: Release, *, verified: bool, downgrade: bool = False) -> None:
    """Refuse a release that is older than the newest one which a folder was offered or has; remember a verified one.

    A downgrade is remembered when it is installed.

    Raises:
        Failure: it is older, and a downgrade is not asked for.
    """
    place = _place(folder)
    with place.locked():
        seen, older, installed = newest_seen(place.state), accepted(place.state), _version(place.state)
        if not downgrade and not release.version == older == installed:
            refuse_downgrade(release, seen, installed)
        newest = newest_of(release, seen) if verified else seen
        if newest or older:
            write(place.state / NEWEST, memory(newest, older, installed))


def install_release(
    folder: Path,
    source: Source,
    release: Release,
    file: ReleaseFile,
    machine: Machine,
    report: Report,
    *,
    downgrade: bool = False,
) -> Installed:
    """Download a file of a release that was admitted and, when it has proven to be what the manifest says, install it.

    Raises:
        Failure: it cannot be installed, or a newer one was since.
    """
    place = _place(folder)
    with place.locked():
        former, wanted = _version(place.state), downgrade or release.version == accepted(place.state)
        if not wanted:
            refuse_downgrade(release, newest_seen(place.state), former)
        if _is_installed(place, file):
            _accept(place, release.version if wanted else "", former)
            return _installed(place, changed=False)
        downloads = place.state / "downloads"
        downloads.mkdir(exist_ok=True)
        try:
            part = fetch(source, file, downloads, report)
            try:
                _stage(part, file, machine, place.stage())
            except Failure:
                part.unlink()
                raise
        except BaseException:
            with suppress(OSError):  # it keeps the beginning of a download
                downloads.rmdir()
            raise
        files = {path.relative_to(place.staged).as_posix(): sha256(path) for path in libraries_of(place.staged)}
        record = {"version": release.version, "file": file.name, "sha256": file.sha256, "files": files}
        write(place.staged / RECORD, json.dumps(record, indent=1) + "\n")
        place.exchange()
        _accept(place, release.version if wanted else "", former)
        shutil.rmtree(downloads, ignore_errors=True)  # Windows: a file may be open, as in a scanner for viruses
        return _installed(place)


def _accept(place: Place, older: str, former: str) -> None:
    """Remember the older version that was asked for, or "", once it is installed in the place of a former one."""
    if older != accepted(place.state):
        write(place.state / NEWEST, memory(newest_seen(place.state), older, former))


def roll_back(folder: Path) -> Installed:
    """Exchange what is installed for what was before: done twice, all is as it was."""
    place = _place(folder, has_plugin=True)
    with place.locked():
        if not place.kept(LOADER).is_file():
            raise NothingKept(f"no former version is kept in {folder}")
        record = read_record(place.former / RECORD)
        sums = record.get("files", {})
        damaged = [name for name in sums if not place.kept(name).is_file() or sha256(place.kept(name)) != sums[name]]
        if os.path.lexists(place.former / RECORD) and not record:
            damaged.append(RECORD)
        if damaged:
            fix = f"install it anew by --from URL --version {record.get('version', 'VERSION')} --downgrade"
            raise NothingKept(f"the former version that is kept in {folder} is damaged ({damaged[0]}): {fix}")
        copy_folder(place.former, place.stage(), links=True)
        place.exchange()
        if seen := newest_seen(place.state):
            write(place.state / NEWEST, memory(seen, record.get("version", "")))
        return _installed(place)


def uninstall(folder: Path, version: str | None = None) -> list[Path]:
    """Remove what a release has installed; else the plugin of a Python, and the loader with the last one: what is gone.

    Args:
        version: of the Python, by default of this one.

    Raises:
        NothingKept: it is not there.
        Failure: it is in another folder, shared with other Pythons.
    """
    place, version = _place(folder, has_plugin=True), version or python_version()
    loader = place.path(LOADER)
    own = plugin_for(loader, version)
    with place.locked():
        before = libraries_of(folder)
        if before and (place.path(RECORD).exists() or not set(before) - {own, loader}):
            place.clear()
        elif own in before:
            if own.parent.is_symlink():
                raise Failure(f"{own.parent} is a link to {own.parent.resolve()}: remove {own.name} there, if it is yours")
            own.unlink()
        else:
            raise NothingKept(f"there is no plugin for Python {version} in {folder}")
        return [path for path in before if not path.exists()]


def is_installed_in(folder: Path) -> bool:
    """Return whether a folder has the plugin of this environment, byte for byte."""
    source = find_plugin()
    pairs = [(source, folder / LOADER)]
    if read_library(source).kind is Kind.LOADER:
        version = python_version()
        pairs.append((plugin_for(source, version), plugin_for(folder / LOADER, version)))
    return all(new.is_file() and filecmp.cmp(old, new, shallow=False) for old, new in pairs)


def settings(script: Path | None, folder: Path | None) -> dict[str, Any]:
    """Return what Orthanc's configuration needs to run a script with the packages of this environment.

    Raises:
        Failure: there is no such script, or no plugin in the folder.
    """
    plugin = folder / LOADER if folder else find_plugin()
    if not plugin.is_file():
        raise Failure(f"there is no {plugin}: {how_to_put(plugin.parent, ['install', '--to', str(folder)])}")
    path = plugin.resolve() if ".." in plugin.parts else plugin.absolute()
    where = check_script(script) if script is not None else Path("my_plugin.py").absolute()
    # A plugin for another Python has packages of its own.
    environment = environment_setting() if read_library(plugin).python in ("", python_version()) else {}
    return {"Plugins": [str(path)], "Python": {"Path": str(where), **environment}}


def environment_setting() -> dict[str, str]:
    """Return the setting for this environment: sys.prefix in a virtual one, else the interpreter itself."""
    return {"VirtualEnv": sys.prefix} if sys.prefix != sys.base_prefix else {"Executable": sys.executable}


def _place(folder: Path, *, has_plugin: bool = False) -> Place:
    if not folder.is_dir():
        make = "" if has_plugin else "make it, or "
        raise Failure(f'{folder} is not a folder: {make}name the one in Orthanc\'s setting "Plugins"')
    loader = folder / LOADER
    if loader.is_file() and read_library(loader).kind not in (Kind.LOADER, Kind.LINKED):
        raise Failure(
            f"{loader} is another plugin of that name (of the package orthanc-python of the system?): remove that first"
        )
    return Place(folder)


def _stage(part: Path, file: ReleaseFile, machine: Machine, staged: Path) -> None:
    if file.kind == "bundle":
        unpack(part, file.name, LOADER, PLUGINS, staged)
        check_bundle(staged / LOADER, staged / PLUGINS, file, machine)
    else:
        check_plugin(part, file, machine)
        _copy(part, staged / LOADER)
    for path in libraries_of(staged):
        path.chmod(0o755)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755)


def libraries_of(folder: Path) -> list[Path]:
    """Return the plugins of a folder and then their loader, if they are there."""
    found = plugins_beside(folder / LOADER)
    return [*found, folder / LOADER] if (folder / LOADER).is_file() else found


def _same(staged: Path, place: Place) -> bool:
    new, old = libraries_of(staged), libraries_of(place.folder)
    names = [path.relative_to(staged) for path in new]
    same = names == [path.relative_to(place.folder) for path in old]
    return same and all(filecmp.cmp(first, second, shallow=False) for first, second in zip(new, old, strict=True))


def _version(folder: Path) -> str:
    """Return the version of the release that is installed or kept in a folder; "" without one."""
    return str(read_record(folder / RECORD).get("version", ""))


def _is_installed(place: Place, file: ReleaseFile) -> bool:
    record = read_record(place.state / RECORD)
    files = {path.relative_to(place.folder).as_posix(): path for path in libraries_of(place.folder)}
    wanted = record.get("files", {})
    same = record.get("sha256") == file.sha256 and files.keys() == wanted.keys()
    return same and all(sha256(path) == wanted[name] for name, path in files.items())


def _installed(place: Place, changed: bool = True) -> Installed:
    if not changed:
        place.open()
    former = _version(place.former) if place.kept(LOADER).is_file() else None
    return Installed(libraries_of(place.folder), _version(place.state), former, changed)
