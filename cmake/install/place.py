# SPDX-License-Identifier: GPL-3.0-or-later
"""Put what `cmake --install` has staged in its place, and remove it again, without losing a file of others.

CMake's rules write below a staging folder of the build (see stage.cmake). `place` copies each staged file beside its place, and
then renames all. So each place has a whole file at any time: the former or the new one. A record of the build, one for each
DESTDIR, has the identities of our files; it is written before they are renamed. A file is ours only if its identity is in the
record. Any other is foreign: it is copied to the folder `replaced` of the build before, and `uninstall` brings it back.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn

PREFIX = "ORTHANC_PYTHON_PREFIX"  # stands for the prefix in the staging folder
OWN_FOLDER = re.compile(r"/(orthanc-python|OrthancPython)(/|$)")


def identify(path: Path) -> str | None:
    """Return the SHA-256 of a file, the target of a link, `other` for a folder or device, or None if nothing is there."""
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(mode):
        return f"link:{path.readlink()}"
    if not stat.S_ISREG(mode):
        return "other"
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk. Windows has no such call for folders."""
    if os.name == "posix" or not path.is_dir():
        descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def copy(source: Path, target: Path, foreign: bool, durable: bool = True) -> None:
    """Copy a file or link, with its mode and time. A foreign one also keeps its owner and extended attributes."""
    try:
        shutil.copyfile(source, target, follow_symlinks=False)
    except OSError:
        with contextlib.suppress(OSError):
            target.unlink()
        raise
    status = source.lstat()
    if durable and not target.is_symlink():
        sync(target)
    if foreign:
        if hasattr(os, "lchown"):
            with contextlib.suppress(PermissionError):
                os.lchown(target, status.st_uid, status.st_gid)
        shutil.copystat(source, target, follow_symlinks=False)
    elif not target.is_symlink():
        target.chmod(stat.S_IMODE(status.st_mode))
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


@dataclass
class Entry:
    """A path that the build has installed, the identities of our files there, and the kept foreign file in the build folder."""

    path: str
    ours: list[str] = field(default_factory=list)
    kept: str = ""


class Record:
    """The list of a build's installed files below the present DESTDIR: `installed/<MD5 of DESTDIR>.json`."""

    def __init__(self, build: Path) -> None:
        self.build = build
        self.destdir = os.path.realpath(os.environ["DESTDIR"]).rstrip("/") if os.environ.get("DESTDIR") else ""
        name = hashlib.md5(os.fsencode(self.destdir), usedforsecurity=False).hexdigest()
        self.path = build / "installed" / f"{name}.json"
        read = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        self.files = {key: Entry(**entry) for key, entry in read.get("files", {}).items()}
        self.folders: list[str] = read.get("folders", [])  # that an installation has made
        self.suffix: str = read.get("suffix", "")  # of copies beside their places; those of an interrupted run are removed
        self.remove_parts()
        self.suffix = f".{secrets.token_hex(8)}.part"  # which Orthanc does not take for a plugin's
        self.former = self.path.with_suffix(".txt")  # of a version that recorded paths alone

    def write(self) -> None:
        new = self.path.with_suffix(".new")
        files = {key: asdict(entry) for key, entry in self.files.items()}
        new.write_text(json.dumps({"files": files, "folders": self.folders, "suffix": self.suffix}, indent=1), encoding="utf-8")
        sync(new)
        new.replace(self.path)
        sync(self.path.parent)

    def entry(self, path: Path) -> Entry:
        return self.files.setdefault(os.path.normcase(path), Entry(path.as_posix()))

    def former_paths(self) -> set[str]:
        """Return the paths that a former version had recorded. Whether a file there is ours, its content must show."""
        lines = self.former.read_text(encoding="utf-8", errors="surrogateescape").splitlines() if self.former.exists() else []
        return {os.path.normcase(resolve(Path(f"{self.destdir}{line}"))) for line in lines}

    def name_kept(self, path: Path) -> Path:
        return self.build / "replaced" / re.sub("^([A-Za-z]):", r"\1", path.as_posix()).lstrip("/")  # Windows allows no colon

    def keep(self, path: Path) -> str:
        """Copy a foreign file to the folder `replaced`, never over one that was kept earlier. Return its path in the build."""
        plain = kept = self.name_kept(path)
        number = 0
        while os.path.lexists(kept):
            number += 1
            kept = plain.with_name(f"{plain.name}.{number}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        copy(path, self.part(kept), foreign=True)
        self.part(kept).replace(kept)
        sync(kept.parent)
        return kept.relative_to(self.build).as_posix()

    def kept(self, entry: Entry) -> Path | None:
        return self.build / entry.kept if entry.kept and os.path.lexists(self.build / entry.kept) else None

    def part(self, path: str | Path) -> Path:
        """Return where the copy of a file is until it is renamed: beside its place, under a name of this run alone."""
        return Path(f"{path}{self.suffix}")

    def remove_parts(self) -> None:
        for entry in self.files.values() if self.suffix else ():
            with contextlib.suppress(OSError):
                self.part(entry.path).unlink()


def resolve(path: Path) -> Path:
    """Return a path without links to folders, `..` and `//`, so that all spellings are one. The last part may be a link."""
    return Path(os.path.realpath(path.parent) if os.name == "posix" else os.path.normpath(path.parent), path.name)


def list_staged(build: Path, prefix: str) -> dict[Path, Path]:
    """Return the staged files and links by their destinations: links last, when what they lead to is there."""
    stage = build / "installed" / "stage"
    manifest = (build / "installed" / "manifest.txt").read_text(encoding="utf-8").split(";")
    drives = {path[2:]: path[:2] for path in manifest if path[1:2] == ":"}  # DESTDIR takes them away
    found = {}
    for staged in sorted(stage.rglob("*"), key=lambda each: (each.is_symlink(), each)):
        if staged.is_symlink() or not staged.is_dir():
            inside = staged.relative_to(stage)
            absolute = f"/{inside.as_posix()}"
            path = Path(prefix, *inside.parts[1:]) if inside.parts[0] == PREFIX else Path(drives.get(absolute, "") + absolute)
            path = Path.cwd() / path
            if destdir := os.environ.get("DESTDIR"):
                path = Path.cwd() / destdir / path.relative_to(path.anchor)
            found[resolve(path)] = staged
    return found


def refuse(message: str) -> NoReturn:
    sys.exit(f"{message}. Nothing was written")


def check(path: Path) -> None:
    """Refuse a folder where a file must be, and a file where a folder must be."""
    if identify(path) == "other":
        refuse(f"{path.as_posix()} is a {'folder' if path.is_dir() else 'device'}. Move it away, then install again")
    existing = next((folder for folder in path.parents if os.path.lexists(folder)), path.parent)  # a drive may be missing
    if not existing.is_dir():
        refuse(f"{existing.as_posix()} is not a folder. Move it away, then install again")


def owners(paths: list[Path]) -> dict[str, str]:
    """Return the Debian packages that own these paths: one question for all, because each takes long."""
    if not paths or os.environ.get("DESTDIR") or not shutil.which("dpkg-query"):
        return {}
    done = subprocess.run(["dpkg-query", "-S", *paths], capture_output=True, check=False)
    lines = done.stdout.decode(errors="surrogateescape").splitlines()
    pairs = [line.split(": ", 1) for line in lines if ": " in line and not line.startswith("diversion by ")]
    return {path: owner for owner, path in pairs}


def keep_foreign(record: Record, plan: dict[Path, str]) -> list[Path]:
    """Keep the files of others at these paths, to which files of these identities go. Return their paths."""
    former = record.former_paths()
    foreign = []
    for path, new in plan.items():
        entry, present = record.entry(path), identify(path)
        if not entry.ours and os.path.normcase(path) in former and present == new:
            entry.ours.append(new)
            entry.kept = record.name_kept(path).relative_to(record.build).as_posix()
        kept = record.kept(entry)
        if present is None:
            if kept:
                print(f"-- Not there any more: {entry.path}. The file that was there before stays in {kept.as_posix()}")
            entry.ours, entry.kept = [], ""  # a removed package, for example: its former file must not come back
        elif present not in entry.ours:
            if kept is None or identify(kept) != present:
                entry.kept = record.keep(path)
            foreign.append(path)
    return foreign


def say_replaced(paths: list[Path], top: str) -> None:
    packages = owners(paths)
    for path in paths:
        what = f", a link to {path.readlink().as_posix()}" if path.is_symlink() else ""
        what += f", of the package {packages[str(path)]}" if str(path) in packages else ""
        print(f"-- Replaces {path.as_posix()}{what}. To bring it back: cmake --build {top} --target uninstall", flush=True)


def copy_beside(record: Record, staged: dict[Path, Path]) -> None:
    """Copy the staged files beside their places, and make the folders there with the modes of the staged ones."""
    for path, source in staged.items():
        try:
            for folder in reversed([each for each in path.parents if not each.exists()]):
                folder.mkdir()
                inherited = folder.stat().st_mode & 0o7000
                folder.chmod(inherited | source.parent.stat().st_mode & 0o777)
            copy(source, record.part(path), foreign=False, durable=record.entry(path).kept != "")  # fsync takes long
        except OSError as error:
            record.remove_parts()
            refuse(f"{path.as_posix()} cannot be written: {error.strerror}")


def place(build: Path, prefix: str, top: str) -> None:
    """Put the staged files in their places. `top` is the build folder whose target uninstall brings foreign ones back."""
    record = Record(build)
    staged = list_staged(build, prefix)
    plan = {path: str(identify(source)) for path, source in staged.items()}
    for path in plan:
        check(path)
    missing = {folder.as_posix() for path in plan for folder in path.parents if not folder.exists()}
    record.folders = sorted(missing.union(record.folders))
    try:
        foreign = keep_foreign(record, plan)
    finally:
        record.write()
    say_replaced(foreign, top)
    copy_beside(record, staged)
    for path, new in plan.items():
        record.entry(path).ours.append(new)
    record.write()
    for path in plan:
        try:
            record.part(path).replace(path)
        except OSError as error:
            record.remove_parts()
            sys.exit(f"{path.as_posix()} cannot be replaced: {error.strerror}. Stop Orthanc if it uses it, then install again")
        print(f"-- Installing: {path.as_posix()}")
    for folder in {path.parent for path in foreign}:
        sync(folder)
    for path, new in plan.items():
        record.entry(path).ours = [new]
    record.write()
    if record.former.exists():
        record.former.replace(record.former.with_suffix(".txt.old"))


def remove(record: Record, entry: Entry) -> Path | None:
    """Remove our file, or put the kept one in its place. Return the kept file if it is of no more use."""
    path, kept = Path(entry.path), record.kept(entry)
    present = identify(path)
    hint = f". The file that was there before stays in {kept.as_posix()}" if kept else ""
    if kept and present is not None and present == identify(kept):
        sync(path.parent)
        print(f"-- Brought back: {entry.path}")  # by a run that was interrupted; or it was never replaced
        return kept
    if present is None:
        if hint:
            print(f"-- Not there: {entry.path}{hint}")
    elif present not in entry.ours:
        print(f"-- Left: {entry.path}, because it is not what was installed{hint}")
    elif kept:
        copy(kept, record.part(path), foreign=True)
        record.part(path).replace(path)
        sync(path.parent)
        print(f"-- Brought back: {entry.path}")
        return kept
    else:
        path.unlink()
        print(f"-- Removed: {entry.path}")
    return None


def uninstall(build: Path) -> None:
    """Remove our files and bring back the foreign ones. What fails stays in the record for another run."""
    record = Record(build)
    if not record.path.exists():
        below = f"below the DESTDIR {record.destdir}" if record.destdir else "without DESTDIR"
        if record.former.exists():
            sys.exit(f"A former version has installed from {build} {below}. Install again, then uninstall")
        sys.exit(f"Nothing is installed from {build} {below}. Set DESTDIR as for the installation.")
    record.write()
    useless = []
    for key, entry in list(record.files.items()):
        try:
            useless.append(remove(record, entry))
            del record.files[key]
        except OSError as error:
            print(f"-- Not done: {entry.path}: {error.strerror}. Run this as its owner, such as root")
    for name in sorted(record.folders, reverse=True):
        if OWN_FOLDER.search(name):
            with contextlib.suppress(OSError):  # it is not empty
                Path(name).rmdir()
    record.remove_parts()
    record.write()
    for kept in filter(None, useless):
        kept.unlink()
    if record.files:
        sys.exit(f"{len(record.files)} files are still installed, as said above. Run this again when the cause is removed")
    record.path.unlink()


@contextlib.contextmanager
def locked(build: Path) -> Iterator[None]:
    """Wait for the end of a `cmake --install` of this build: CMake's file(LOCK) locks the same file."""
    (build / "installed").mkdir(exist_ok=True)
    with (build / "installed" / "lock").open("a") as file:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    command, build_folder, *rest = sys.argv[1:]
    try:
        if command == "place":
            place(Path(build_folder), *rest)  # CMake holds the lock
        else:
            with locked(Path(build_folder)):
                uninstall(Path(build_folder))
    except OSError as problem:
        sys.exit(f"{problem.filename or build_folder}: {problem.strerror}")
