# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the targets of targets.toml into DIR/<target>: a bundle, with the loader and a plugin for every CPython in the folder
OrthancPython; and for each CPython, in a folder such as python3.13, a plugin that is linked to libpython and stands alone, and
in one such as wheel-python3.13 what ci/wheels makes a wheel of.

They are built with the newest SDK that the sources know, else with the newest that can be had (see sdk_root): one build serves
older Orthancs too. All CPythons of a target are built in one folder,
DIR/<target>/build-pythons, so that sources that do not know CPython are compiled once. A second ci/build for the target waits
for the first. A second build of one CPython compiles only what has changed; what zig compiles for a target, and all that
belongs to other systems' CPython, is kept in the cache for all builds.

A target or version that fails does not stop the others: the summary and the exit status show it. A CPython that cannot be had
here is left out. That is a failure too, unless --without names it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from orthanc_release.builds.build_folder import BuildFolder
from orthanc_release.builds.symbols import copy_symbols
from orthanc_release.commands import Commands, end_by_signals
from orthanc_release.inspection.sdk_header import download, header_of
from orthanc_release.materials import newest_sdk
from orthanc_release.pythons import foreign_pythons
from orthanc_release.pythons.foreign_pythons import UnavailableError
from orthanc_release.scope import Scope, add_pythons, add_targets, scope_of
from orthanc_release.targets import ROOT, Target

CACHE = foreign_pythons.CACHE.parent
AT_ONCE = 2  # targets: one core is idle while a target is configured or linked; more than two gain nothing
WAIT = 0.5  # seconds between two looks for signals


@dataclass
class Result:
    """How the build of one target for one CPython ended."""

    target: str
    python: str
    state: str  # built, failed or left out
    detail: str = ""
    seconds: float = 0.0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when a build failed."""
    parser = argparse.ArgumentParser(prog="ci/build", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "targets", metavar="DIR", help="default: build/targets")
    add_pythons(parser)
    add_targets(parser)
    options = parser.parse_args(arguments)
    scope = scope_of(parser, options.names, options)
    return status_of(build_all(scope, options.output.resolve()), scope)


def build_all(scope: Scope, output: Path) -> list[Result]:
    """Build each target for each of its CPython versions, a target's builds one after another."""
    single = [target for target in scope.targets if not target.parts]
    joined = [target for target in scope.targets if target.parts]
    with progress_of_builds() as progress:
        total = sum(len(scope.versions(target)) for target in single) + len(joined)
        bar = progress.add_task("building", total=total)
        try:
            sdk = sdk_root(output)
        except OSError as error:
            return [Result(target.name, "all", "failed", str(error)) for target in scope.targets]
        with ThreadPoolExecutor(AT_ONCE) as executor, Commands() as commands:
            builder = Builder(output, sdk, commands, progress, bar)
            chains = [executor.submit(builder.build_target, target, scope.versions(target)) for target in single]
            results = []
            for chain in chains:
                while not wait([chain], WAIT).done:  # without a timeout, a signal right before the wait would not end it
                    pass
                results += chain.result()
        for target in joined:
            progress.update(bar, description=target.name)
            results.append(join(target, output))
            progress.advance(bar)
    return results


@dataclass
class Builder:
    """Builds targets, several at once."""

    output: Path
    sdk: Path | None  # see sdk_root()
    commands: Commands
    progress: Progress
    bar: TaskID
    fetching: threading.Lock = field(default_factory=threading.Lock)  # of the cache of foreign_pythons
    telling: threading.Lock = field(default_factory=threading.Lock)  # of what is built now
    now: dict[str, str] = field(default_factory=dict)  # the CPython version by the target's name

    def build_target(self, target: Target, pythons: Iterable[str]) -> list[Result]:
        """Build one target for these CPython versions; the first that succeeds makes its loader."""
        loader = None
        results = []
        work = BuildFolder(self.output / target.name / "build-pythons")
        text = f"{target.name}: waiting for another ci/build, or what it started, in {work.path}"
        try:
            with work.locked(self.commands, lambda: self.progress.console.print(text, soft_wrap=True)) as lock:
                for python in pythons:
                    self._tell(target.name, python)
                    results.append(self.build(target, python, loader, work, lock))
                    if results[-1].state == "built":
                        loader = self.output / target.name / target.loader
                    self.progress.advance(self.bar)
        except OSError as error:
            results.append(Result(target.name, "all", "failed", str(error)))
        self._tell(target.name, None)
        return results

    def _tell(self, target: str, python: str | None) -> None:
        with self.telling:
            self.now.pop(target, None)
            if python is not None:
                self.now[target] = python
            text = ", ".join(f"{target} {python}" for target, python in self.now.items())
            self.progress.update(self.bar, description=text)

    def build(self, target: Target, python: str, loader: Path | None, work: BuildFolder, lock: int) -> Result:
        """Build both plugins of one target for one CPython; without a loader that too, and the tests' host program."""
        start = time.monotonic()
        try:
            with self.fetching:
                options = python_options(target, python)
                link_options = (
                    [] if target.system == "windows" else [f"-DPYTHON_LIBRARY={foreign_pythons.library(python, target)}"]
                )
        except UnavailableError as error:
            return Result(target.name, python, "left out", str(error))
        except OSError as error:
            return Result(target.name, python, "failed", str(error))
        folder = self.output / target.name
        log = folder / f"python{python}.log"
        configure = ["cmake", "-S", str(ROOT), "-B", str(work.path), "-G", "Ninja", "--toolchain", str(target.toolchain)]
        configure += [
            f"-DORTHANC_SDK_ROOT={self.sdk or ''}",
            f"-DPYTHON_VERSION={python}",
            "-DSTATIC_BUILD=ON",
            "-DCMAKE_BUILD_TYPE=Release",
            "-DCMAKE_SKIP_RPATH=ON",
            "-DSYMBOL_FILES=ON",
            *options,
        ]
        parts = [f"-DLOADER={loader or ''}", f"-DBUILD_TEST_HOST={'ON' if target.runner and not loader else 'OFF'}"]
        make = ["ninja", "-C", str(work.path), "-j", str(os.cpu_count() or 1)]
        install = ["cmake", "--install", str(work.path), "--component", "wheel"]
        install += ["--prefix", str(folder / target.wheel_tree(python))]
        settings = " ".join(configure)
        environment = {"ZIG_GLOBAL_CACHE_DIR": str(CACHE / "zig"), **os.environ}
        try:
            # One after the other in one folder: they have the same object files.
            bundled = [*configure, *parts, *work.prepare(settings), "-DPYTHON_LINK=OFF"]
            alone = [*configure, *parts, "-DPYTHON_LINK=ON", *link_options]
            shutil.rmtree(folder / target.wheel_tree(python), ignore_errors=True)  # its files of an earlier version
            with log.open("w") as file:
                for command in (bundled, make, install, alone, make):
                    if command in (bundled, alone):
                        work.forget()
                    if not self.commands.run(command, file, environment, [lock]):
                        return Result(target.name, python, "failed", f"see {log}", time.monotonic() - start)
                    if command in (bundled, alone):
                        work.configured(settings)
            self.copy(target, python, work.path, with_loader=loader is None)
        except OSError as error:  # such as a full disk
            return Result(target.name, python, "failed", str(error), time.monotonic() - start)
        return Result(target.name, python, "built", seconds=time.monotonic() - start)

    def copy(self, target: Target, python: str, work: Path, with_loader: bool) -> None:
        """Copy the libraries from the build folder; with the loader also the tests' host program, if that was built."""
        folder = self.output / target.name
        copies = {
            work / "bundle" / target.plugin(python): target.plugin(python),
            work / target.loader: target.stand_alone(python),
        }
        if with_loader:
            copies[work / "bundle" / target.loader] = Path(target.loader)
        for built, path in copies.items():
            (folder / path).parent.mkdir(exist_ok=True)
            shutil.copy2(built, folder / path)
            copy_symbols(built, folder / target.symbols(path))
        for built in (work / "host", work / "host.exe") if with_loader else ():
            if built.exists():
                shutil.copy2(built, folder)


def sdk_root(output: Path) -> Path | None:
    """A folder with the newest SDK of the sources, as CMake wants it.

    Where that cannot be had, the newest of the cache is enough for tests, and ci/release refuses to begin. None to take the
    system's if the cache has no SDK.
    """
    newest = newest_sdk()
    found = header_of(newest) or download(newest)
    if found is None:
        others = {tuple(map(int, path.parent.name.split("."))): path for path in (CACHE / "sdk").glob("*/OrthancCPlugin.h")}
        if not others:
            return None
        found = others[max(others)]
        newest = found.parent.name
    root = output / f"sdk-{newest}"
    header = root / "orthanc" / "OrthancCPlugin.h"
    if found != header and (not header.exists() or header.read_bytes() != found.read_bytes()):
        header.parent.mkdir(parents=True, exist_ok=True)
        # Under its name when it is complete: another ci/build may read it, and a full disk or a signal may end this one.
        with tempfile.TemporaryDirectory(dir=root) as work:
            Path(shutil.copyfile(found, Path(work) / header.name)).replace(header)
    return root


def python_options(target: Target, python: str) -> list[str]:
    """The CMake options that say where the target's CPython is. Raises UnavailableError."""
    if target.system == "windows":
        return [f"-DPYTHON_WINDOWS_ROOT={foreign_pythons.windows_root(python, target.processor)}"]
    return [f"-DPYTHON_INCLUDE_DIR={foreign_pythons.unix_headers(python, target.processor)}"]


def join(target: Target, output: Path) -> Result:
    """Join the libraries that all parts of a universal target have."""
    start = time.monotonic()
    names = [f"llvm-lipo-{version}" for version in range(25, 15, -1)]
    lipo = next((found for name in ("lipo", "llvm-lipo", *names) if (found := shutil.which(name))), None)
    if lipo is None:
        return Result(
            target.name, "all", "failed", "there is no llvm-lipo; install LLVM (Debian, Ubuntu: apt-get install llvm-19)"
        )
    folders = [output / part for part in target.parts]
    patterns = ("*.dylib", "OrthancPython/*.dylib", "python3.*/*.dylib")
    files = [file.relative_to(folders[0]) for pattern in patterns for file in folders[0].glob(pattern)]
    common = [file for file in files if all((folder / file).is_file() for folder in folders)]
    if not common:
        return Result(target.name, "all", "failed", f"none of {', '.join(target.parts)} has been built")
    for file in common:
        (output / target.name / file).parent.mkdir(parents=True, exist_ok=True)
        command = [lipo, "-create", *(str(folder / file) for folder in folders), "-output", str(output / target.name / file)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            return Result(target.name, "all", "failed", done.stderr.strip())
    return Result(target.name, "all", "built", seconds=time.monotonic() - start)


def progress_of_builds() -> Progress:
    """A bar on the standard error that counts what is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def status_of(results: list[Result], scope: Scope) -> int:
    """Print the summary, and below it what was left out by mistake; 1 if something failed or is missing."""
    show(results)
    missing = [each for each in results if each.state == "left out" and not scope.allows(each.target, each.python)]
    for result in missing:
        print(f"missing: {result.target} {result.python}: {result.detail}; --without names what may be missing")
    return int(bool(missing) or any(result.state == "failed" for result in results))


def show(results: list[Result]) -> None:
    """Print the summary."""
    table = Table("target", "CPython", "", "seconds", "")
    colours = {"built": "green", "failed": "bold red", "left out": "yellow"}
    for result in results:
        state = f"[{colours[result.state]}]{result.state}"
        table.add_row(result.target, result.python, state, f"{result.seconds:.0f}" if result.seconds else "", result.detail)
    Console(width=160 if not sys.stdout.isatty() else None).print(table)


if __name__ == "__main__":
    sys.exit(end_by_signals(main))
