# SPDX-License-Identifier: GPL-3.0-or-later
"""Put what `cmake --install` has staged in its place, and remove it again, without losing a file of others.

CMake's rules write below a staging folder of the build (see stage.cmake). `place` copies each staged file beside its place, and
then renames all. So each place has a whole file at any time: the former or the new one. A record of the build, one for each
DESTDIR, has the identities of our files; it is written before they are renamed. A file is ours only if its identity is in the
record. Any other is foreign: it is copied to the folder `replaced` of the build before, and `uninstall` brings it back. A
file that is in its place already is left alone: Windows could not replace a loaded library.
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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

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
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sync(path: Path) -> None:
    """Wait until a file or folder is on the disk. Windows and some file systems cannot do this for folders."""
    with contextlib.suppress(*[OSError] if path.is_dir() else []):
        descriptor = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def copy(source: Path, target: Path, foreign: bool) -> None:
    """Copy a file or link, with its mode and time. A foreign one also keeps its owner and extended attributes."""
    try:
        shutil.copyfile(source, target, follow_symlinks=False)
    except OSError:
        with contextlib.suppress(OSError):
            target.unlink()
        raise
    status = source.lstat()
    if (foreign or os.name != "posix") and not target.is_symlink():
        sync(target)
    if foreign:
        with contextlib.suppress(AttributeError, PermissionError):  # Windows has no such call
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
        try:
            read = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
            self.files = {key: Entry(**entry) for key, entry in read.get("files", {}).items()}
        except (AttributeError, TypeError, ValueError):
            sys.exit(f"{self.path}: damaged, or written by a later version. Use that version, or move this file away")
        self.folders: list[str] = read.get("folders", [])  # that an installation has made
        self.suffix: str = read.get("suffix", "")  # of copies beside their places; those of an interrupted run are removed
        self.remove_parts()
        self.suffix = f".{secrets.token_hex(8)}.part"  # which Orthanc does not take for a plugin's

    def write(self) -> None:
        new = self.path.with_suffix(".new")
        files = {key: asdict(entry) for key, entry in self.files.items()}
        new.write_text(json.dumps({"files": files, "folders": self.folders, "suffix": self.suffix}, indent=1), encoding="utf-8")
        sync(new)
        new.replace(self.path)
        sync(self.path.parent)

    def sync_all(self) -> None:
        """Wait until all is on the disk, unless it is for a package. Windows has no such call: there, `copy` waits."""
        if not self.destdir and hasattr(os, "sync"):
            os.sync()

    def entry(self, path: Path) -> Entry:
        return self.files.setdefault(os.path.normcase(path), Entry(path.as_posix()))

    def keep(self, path: Path) -> str:
        """Copy a foreign file to the folder `replaced`, never over one that was kept earlier. Return its path in the build."""
        inside = re.sub("^([A-Za-z]):", r"\1", path.as_posix()).lstrip("/")  # Windows allows no colon
        plain = kept = self.build / "replaced" / inside
        number = 0
        while os.path.lexists(kept):
            number += 1
            kept = plain.with_name(f"{plain.name}.{number}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        copy(path, self.part(kept), foreign=True)
        self.part(kept).replace(kept)
        return kept.relative_to(self.build).as_posix()

    def kept(self, entry: Entry) -> Path | None:
        return self.build / entry.kept if entry.kept and os.path.lexists(self.build / entry.kept) else None

    def say(self, what: str, entry: Entry) -> None:
        """Print what becomes of a path, and where a kept file stays that does not come back."""
        kept = self.kept(entry)
        print(f"-- {what}" + (f". The file that was there before stays in {kept.as_posix()}" if kept else ""))

    def part(self, path: str | Path) -> Path:
        """Return where the copy of a file is until it is renamed: beside its place, under a name of this run alone."""
        return Path(f"{path}{self.suffix}")

    def remove_parts(self) -> None:
        for entry in self.files.values() if self.suffix else ():
            with contextlib.suppress(OSError):
                self.part(entry.path).unlink()


def list_staged(build: Path, prefix: str) -> dict[Path, Path]:
    """Return the staged files and links by their destinations: links last, when what they lead to is there."""
    installed = build / "installed"
    found = {}
    for name in filter(None, (installed / "manifest.txt").read_text(encoding="utf-8").split(";")):
        path = Path.cwd() / prefix / name.removeprefix(f"/{PREFIX}/")
        if destdir := os.environ.get("DESTDIR"):
            path = Path.cwd() / destdir / path.relative_to(path.anchor)
        # Without links to folders, `..` and `//`, so that all spellings are one. The last part may be a link.
        folder = os.path.realpath(path.parent) if os.name == "posix" else os.path.normpath(path.parent)
        found[Path(folder, path.name)] = Path(f"{installed}/stage{os.path.splitdrive(name)[1]}")  # DESTDIR takes drives away
    return dict(sorted(found.items(), key=lambda each: each[1].is_symlink()))


def check(path: Path) -> None:
    """Refuse a folder where a file must be, and a file where a folder must be."""
    existing = next((folder for folder in path.parents if os.path.lexists(folder)), path.parent)  # a drive may be missing
    wrong = f"{existing.as_posix()} is not a folder" if not existing.is_dir() else ""
    if identify(path) == "other":
        wrong = f"{path.as_posix()} is not a file"
    if wrong:
        sys.exit(f"{wrong}. Move it away, then install again. Nothing was written")


def keep_foreign(record: Record, paths: Iterable[Path]) -> list[Path]:
    """Keep the files of others at these paths. Return their paths."""
    foreign = []
    for path in paths:
        entry, present = record.entry(path), identify(path)
        kept = record.kept(entry)
        if present is None:
            if kept:
                record.say(f"Not there any more: {entry.path}", entry)
            entry.ours, entry.kept = [], ""  # a removed package, for example: its former file must not come back
        elif present not in entry.ours:
            if kept is None or identify(kept) != present:
                if kept:
                    record.say(f"Another file has come to {entry.path}, and will be the one to bring back", entry)
                entry.kept = record.keep(path)
            foreign.append(path)
    return foreign


def describe(paths: list[Path], restore: str) -> dict[Path, str]:
    """Return what is said when each of these files of others is replaced: its Debian package, and how to bring it back."""
    packages = {}
    if paths and not os.environ.get("DESTDIR") and shutil.which("dpkg-query"):
        # One question for all, because each takes long.
        done = subprocess.run(["dpkg-query", "-S", *paths], capture_output=True, check=False)
        for line in done.stdout.decode(errors="surrogateescape").splitlines():
            owner, _, path = line.partition(": ")
            if not line.startswith("diversion by "):
                packages[path] = f", of the package {owner}"
    links = {path: f", a link to {path.readlink().as_posix()}" for path in paths if path.is_symlink()}
    what = {path: f"{path.as_posix()}{links.get(path, '')}{packages.get(str(path), '')}" for path in paths}
    return {path: f"-- Replaces {text}. To bring it back: {restore}" for path, text in what.items()}


def copy_beside(record: Record, staged: dict[Path, Path]) -> None:
    """Copy the staged files beside their places, and make the folders there with the modes of the staged ones."""
    for path, source in staged.items():
        try:
            for folder in reversed([each for each in path.parents if not each.exists()]):
                folder.mkdir()
                inherited = folder.stat().st_mode & 0o7000
                folder.chmod(inherited | source.parent.stat().st_mode & 0o777)
            copy(source, record.part(path), foreign=False)
        except OSError as error:
            record.remove_parts()
            sys.exit(f"{path.as_posix()} cannot be written: {error.strerror}. Nothing was written")


def place(build: Path, prefix: str, restore: str, message: str) -> None:
    """Put the staged files in their places. `restore` is the command that brings foreign ones back."""
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
    said = describe(foreign, restore)
    changed = {path: source for path, source in staged.items() if path in said or identify(path) != plan[path]}
    copy_beside(record, changed)
    if changed:
        record.sync_all()
    for path in changed:
        record.entry(path).ours.append(plan[path])
    record.write()
    for path in changed:
        try:
            record.part(path).replace(path)
        except OSError as error:
            record.remove_parts()
            sys.exit(f"{path.as_posix()} cannot be replaced: {error.strerror}. Stop Orthanc if it uses it, then install again")
        if path in said:
            print(said[path])
        if message != "NEVER":
            print(f"-- Installing: {path.as_posix()}")
    if changed:
        record.sync_all()
    for path, new in plan.items():
        record.entry(path).ours = [new]
    record.write()


def remove(record: Record, entry: Entry) -> Path | None:
    """Remove our file, or put the kept one in its place. Return the kept file if it is of no more use."""
    path, kept = Path(entry.path), record.kept(entry)
    present = identify(path)
    if kept and present == identify(kept):
        print(f"-- Brought back: {entry.path}")  # by a run that was interrupted; or it was never replaced
        return kept
    if present is None:
        if kept:
            record.say(f"Not there: {entry.path}", entry)
    elif present not in entry.ours:
        record.say(f"Left: {entry.path}, because it is not what was installed", entry)
    elif kept:
        copy(kept, record.part(path), foreign=True)
        record.part(path).replace(path)
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
    record.sync_all()
    record.write()
    for kept in filter(None, useless):
        kept.unlink()
    if record.files:
        sys.exit(f"{len(record.files)} files are still installed, as said above. Run this again when the cause is removed")
    record.path.unlink()


def hand_over(build: Path) -> None:
    """Give the build's owner what root has made there: else only root could install again. Kept files keep their owners."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    top = next((folder for folder in (build, *build.parents) if (folder / "CMakeCache.txt").exists()), build)
    owner, manifest = build.stat(), top / "install_manifest.txt"
    with contextlib.suppress(OSError):  # of a file system where root has no rights
        manifest.touch()  # CMake will write it
        os.lchown(manifest, owner.st_uid, owner.st_gid)
        for kind in ("installed", "replaced"):
            for folder, _, names in os.walk(build / kind):
                for name in ("", *(names if kind == "installed" else ())):
                    os.lchown(Path(folder, name), owner.st_uid, owner.st_gid)


@contextlib.contextmanager
def locked(build: Path) -> Iterator[None]:
    """Wait for the end of another run. CMake's lock, for the staging folder, ends with CMake, also if this goes on."""
    (build / "installed").mkdir(exist_ok=True)
    with (build / "installed" / "place.lock").open("a") as file:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            hand_over(build)


COMMANDS: dict[str, Callable[..., None]] = {"place": place, "uninstall": uninstall}
if __name__ == "__main__":
    command, build_folder, *rest = sys.argv[1:]
    try:
        with locked(Path(build_folder)):
            COMMANDS[command](Path(build_folder), *rest)
    except OSError as problem:
        sys.exit(f"{problem.filename or build_folder}: {problem.strerror}")
