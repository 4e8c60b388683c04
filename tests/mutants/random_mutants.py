# SPDX-License-Identifier: GPL-3.0-or-later
"""Try random faults of Python modules, each with the tests of its module. A reader judges those that no test sees."""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.checkout import tracked
from tests.mutants.model import ROOT
from tests.mutants.random_faults import difference, shuffled
from tests.mutants.workshop import copy_checkout

PACKAGES = ("orthanc_python", "orthanc_release", "orthanc_sdk")
FOLDERS = ("tests/unit", "tests/release", "tests/site", "tests/workflows")  # others take minutes


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="nox -s random_mutants --", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", default=PACKAGES, help="packages or modules; without, all")
    parser.add_argument("--number", type=int, default=40, help="how many faults (40)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="gives the same faults again")
    parser.add_argument("--seconds", type=float, default=15, help="leave out files of tests that take longer (15)")
    parser.add_argument("--tests", nargs="+", help="files of tests, instead of those that name the module")
    parser.add_argument("--python", default=sys.executable, help="the interpreter with the requirements of the tests")
    return parser.parse_args()


def modules(names: list[str]) -> dict[Path, str]:
    """Return the files of packages and modules, each with its module's name."""
    files = [Path(name) for name in tracked() if name.endswith(".py") and name.split("/")[:2] in [["src", p] for p in PACKAGES]]
    named = {file: ".".join(file.with_suffix("").parts[1:]).removesuffix(".__init__") for file in files}
    return {file: name for file, name in named.items() if any(f"{name}.".startswith(f"{each}.") for each in names)}


def tests_of(module: str) -> list[str]:
    """Return the files of tests that name a module; without any, those that name its package, if that imports it."""
    parent, _, name = module.rpartition(".")
    own = rf"{module}\b|from {parent} import [^\n]*\b{name}\b|\brun\(\"{module.partition('.')[2]}\""
    files = [file for file in tracked() if file.startswith(FOLDERS) and Path(file).name.startswith("test_")]
    found = [file for file in files if re.search(own, (ROOT / file).read_text(encoding="utf-8"))]
    package = ROOT / "src" / parent.replace(".", "/") / "__init__.py"
    return found or (tests_of(parent) if "." in parent and module in package.read_text(encoding="utf-8") else [])


class Trial:
    """The copy, and the tests in it."""

    def __init__(self, source: Path, options: argparse.Namespace) -> None:
        self.source = source
        self.options = options
        self._times: dict[str, float | None] = {}  # of the files of tests without a fault; None if they cannot be used

    def usable(self, module: str) -> list[str]:
        """Return the tests of a module that pass without a fault, and soon."""
        return [file for file in self.options.tests or tests_of(module) if self._time(file) is not None]

    def fails(self, files: list[str]) -> bool:
        """Return whether one of the tests fails, or hangs."""
        return not self._passes(files, 10 + 5 * sum(self._times[file] or 0 for file in files))

    def _time(self, file: str) -> float | None:
        if file not in self._times:
            began = time.monotonic()
            passed = self._passes([file], self.options.seconds)
            self._times[file] = time.monotonic() - began if passed else None
            if not passed:
                print(
                    f"{file} is left out: it fails without a fault, or takes more than {self.options.seconds:g} s", flush=True
                )
        return self._times[file]

    def _passes(self, files: list[str], seconds: float) -> bool:
        variables = {
            "PYTHONDONTWRITEBYTECODE": "1",
            "ORTHANC_PYTHON_TARGETS": os.environ.get("ORTHANC_PYTHON_TARGETS", str(ROOT / "build" / "targets")),
        }
        command = [self.options.python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *files]
        process = subprocess.Popen(
            command,
            cwd=self.source,
            env={**os.environ, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def main() -> int:
    """Try the faults and return the exit status: 1 if there is nothing to try. Survivors are for a reader to judge."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    named = modules(options.names)
    with TemporaryDirectory(prefix="random-mutants-") as folder:
        source = Path(folder)
        copy_checkout(source)
        trial = Trial(source, options)
        tested = [file for file, module in named.items() if options.tests or tests_of(module)]
        texts = {file: (source / file).read_text(encoding="utf-8") for file in tested}
        print(f"--seed {options.seed} gives the same faults again", flush=True)
        tried = 0
        survivors: list[str] = []
        for fault in shuffled(texts, options.seed):
            if tried == options.number:
                break
            text, files = texts[fault.file], trial.usable(named[fault.file])
            changed = fault.changed(text)
            if not files or changed == text:
                continue
            tried += 1
            (source / fault.file).write_text(changed, encoding="utf-8")
            failed = trial.fails(files)
            (source / fault.file).write_text(text, encoding="utf-8")
            shown = difference(fault, text)
            survivors += [] if failed else [f"{shown}\n  in spite of {', '.join(files)}"]
            print(f"{'killed' if failed else 'SURVIVES'}  {shown}", flush=True)
        print("\n".join([f"\n{tried - len(survivors)} of {tried} are killed. Survivors:", *survivors]))
    return 0 if tried else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nInterrupted.")
