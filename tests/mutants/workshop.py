# SPDX-License-Identifier: GPL-3.0-or-later
"""A private copy of the checkout, with a build of its own, in which faults are tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.checkout import tracked
from tests.mutants.model import ROOT, Mutant, find

PLACE = ROOT / "build" / "mutants"
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
INTEGRATION = "tests/integration/"
FAILED = 1  # of pytest's exit statuses; others are for no test, or for a wrong command


class BrokenMutant(Exception):
    """A fault that cannot be judged: it does not build, or its tests do not run. The text says which."""


def copy_checkout(target: Path) -> None:
    """Make a folder what the checkout is. A file that is the same keeps its time, so that it is not compiled again."""
    wanted = set(tracked())
    for path in [path for path in target.rglob("*") if path.is_file()]:
        if str(path.relative_to(target)) not in wanted:
            path.unlink()
    for name in wanted:
        source, copy = ROOT / name, target / name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
    # Some tests ask git which files there are, or for the commit.
    identity = ("-c", "user.name=mutants", "-c", "user.email=mutants@localhost", "-c", "commit.gpgsign=false")
    for command in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-q", "--allow-empty", "-m", "Copy the checkout"]):
        subprocess.run(["git", "-C", str(target), *command], check=True)


class Workshop:
    """The copy: `prepare` it once, then `kills` judges a mutant."""

    def __init__(self) -> None:
        self.source = PLACE / "source"
        self.build = PLACE / "plugin"
        self.bundle = PLACE / "bundle"
        self.unlinked = self.bundle / f"build-{VERSION}"
        self.cmake = PLACE / "cmake"
        self.commands = PLACE / "commands"

    def prepare(self, mutants: Sequence[Mutant]) -> None:
        """Copy the checkout, build what the mutants need, and run their tests without any fault."""
        copy_checkout(self.source)
        tests = list(dict.fromkeys(test for mutant in mutants for test in mutant.tests))
        if any(test.startswith("cmake:") for test in tests):
            self._run(["cmake", "-S", "tests/cmake", "-B", str(self.cmake), "-G", "Ninja"])
        # Each fault is in one source, and only this one is compiled again.
        options = ["-G", "Ninja", "-DSTATIC_BUILD=ON", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_UNITY_BUILD=OFF"]
        areas = {mutant.area for mutant in mutants}
        if any(self._is_integration(test) for test in tests):
            areas.add("plugin")
        if any(self._located(test).startswith("tests/package/") for test in tests if not test.startswith("cmake:")):
            areas |= {"loader", "plugin"}
            self._write_commands()
        if "plugin" in areas:
            self._run(["cmake", "-S", ".", "-B", str(self.build), *options])
        if "loader" in areas:
            self._run(
                ["cmake", "-S", ".", "-B", str(self.unlinked), *options, "-DPYTHON_LINK=OFF", f"-DPYTHON_VERSION={VERSION}"]
            )
        for area in sorted(areas):
            print(f"Building for the area {area}", flush=True)
            if said := self._build(area):
                raise SystemExit(said[-5000:])
        print(f"Running {len(tests)} tests and files of tests without a fault", flush=True)
        if self._fails(tests, workers=3):
            raise SystemExit("the tests fail without any fault: mend that first")

    def kills(self, mutant: Mutant) -> bool:
        """Return whether one of the mutant's tests fails with it. Raise BrokenMutant where that cannot be said."""
        with self._mutated(mutant):
            if said := self._build(mutant.area):
                raise BrokenMutant(f"it does not build:\n{said[-3000:]}")
            return self._fails(mutant.tests)

    @contextmanager
    def _mutated(self, mutant: Mutant) -> Iterator[None]:
        path = self.source / mutant.path
        original = path.read_text(encoding="utf-8")
        path.write_text(mutant.changed(original), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(original, encoding="utf-8")

    def _build(self, area: str) -> str:
        """Build what the mutants of an area are in, and return what the compiler says if that fails."""
        folder = {"plugin": self.build, "dashboard": self.build, "loader": self.unlinked}.get(area)
        if folder is None:
            return ""
        done = self._done(["cmake", "--build", str(folder)])
        if area == "loader" and not done.returncode:
            shutil.copytree(folder / "bundle", self.bundle, dirs_exist_ok=True)
        return done.stdout if done.returncode else ""

    def _write_commands(self) -> None:
        """Make what stands for an installed package: its command, run from the copy with the bundle."""
        self.commands.mkdir(parents=True, exist_ok=True)
        script = self.commands / "orthanc-python"
        variables = f"PYTHONPATH={self.source / 'src'} ORTHANC_PYTHON_PLUGIN={self.bundle / 'libOrthancPython.so'}"
        script.write_text(f'#!/bin/sh\n{variables} exec {sys.executable} -m orthanc_python "$@"\n', encoding="utf-8")
        script.chmod(0o755)

    def _fails(self, tests: Sequence[str], workers: int = 0) -> bool:
        patterns = [test.removeprefix("cmake:") for test in tests if test.startswith("cmake:")]
        if patterns:
            done = self._done(
                ["ctest", "--test-dir", str(self.cmake), "--output-on-failure", "-R", "|".join(patterns), "-j", "2"]
            )
            if "No tests were found" in done.stdout:
                raise BrokenMutant(f"ctest has no such test: {', '.join(patterns)}")
            if done.returncode:
                return True
        files = [self._located(test) for test in tests if not test.startswith("cmake:")]
        folders = dict.fromkeys(file.rpartition("/")[0] for file in files)  # each has a conftest.py of its own
        return any(self._pytest_fails([file for file in files if file.rpartition("/")[0] == each], workers) for each in folders)

    def _pytest_fails(self, files: Sequence[str], workers: int) -> bool:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--no-header", *files]
        if workers and files[0].startswith(INTEGRATION):
            command += ["-n", str(workers), "--dist", "loadgroup"]
        done = self._done(command)
        if done.returncode not in (0, FAILED):
            raise BrokenMutant(f"pytest ended with {done.returncode}:\n{done.stdout[-3000:]}")
        if done.returncode and workers:
            print(done.stdout[-5000:])
        return done.returncode == FAILED

    @staticmethod
    def _located(test: str) -> str:
        file, separator, name = test.partition("::")
        return f"{find(file)}{separator}{name}"

    def _is_integration(self, test: str) -> bool:
        return not test.startswith("cmake:") and self._located(test).startswith(INTEGRATION)

    def _done(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        ccache = shutil.which("ccache")
        launchers = {f"CMAKE_{language}_COMPILER_LAUNCHER": ccache for language in ("C", "CXX")} if ccache else {}
        variables = {
            "ORTHANC_PYTHON_PLUGIN": str(self.build / "libOrthancPython.so"),
            "ORTHANC_PYTHON_BUNDLE": str(self.bundle),
            "ORTHANC_PYTHON_COMMANDS": str(self.commands),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        environment = {**os.environ, **launchers, **variables}
        return subprocess.run(
            command, cwd=self.source, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )

    def _run(self, command: Sequence[str]) -> None:
        print(" ".join(command), flush=True)
        done = self._done(command)
        if done.returncode:
            raise SystemExit(f"{done.stdout[-5000:]}\n{' '.join(command)} ended with status {done.returncode}")
