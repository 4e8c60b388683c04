# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the files of a release in a folder: builds all targets, collects their files, verifies and describes each.

A target that fails does not stop the others: the summary and the exit status show it, and the release has what is left. What
targets.toml has and the release has not is a failure, unless --without names it. The folder is replaced as a whole, at the
end. The same commit gives the same bytes. A second run takes over what ci/build keeps: the build folders, zig's cache, and the
other systems' CPython (see src/orthanc_release/builds/cross.py).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from orthanc_release.artifacts import project_version
from orthanc_release.builds.cross import Result, build_all, status_of
from orthanc_release.bundles.collect import collect_bundle, collect_plugins, collect_stub, collect_symbols, pythons_in
from orthanc_release.checkout import commit, source_date
from orthanc_release.commands import end_by_signals
from orthanc_release.describe import describe
from orthanc_release.describe.sums import problems_with_scope, write_sums
from orthanc_release.inspection.model import Inspection
from orthanc_release.inspection.sdk_header import why_no_release
from orthanc_release.lock.locked import LockError, check_environment
from orthanc_release.scope import Scope, add_targets, scope_of
from orthanc_release.signing.sign import sign
from orthanc_release.sources import this_checkout
from orthanc_release.targets import ROOT, Target, versions_of
from orthanc_release.verify import verify
from orthanc_release.verify.symbol_checks import folder_of_symbols, problems_of_symbols
from orthanc_release.verify.table import show
from orthanc_release.wheels.make import build_wheels


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when a target, a wheel or a file failed."""
    parser = argparse.ArgumentParser(prog="ci/release", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "release", metavar="DIR", help="default: build/release")
    parser.add_argument(
        "--targets", type=Path, metavar="DIR", help="take the libraries from this folder of ci/build: build none"
    )
    run = argparse.BooleanOptionalAction
    parser.add_argument("--run", action=run, default=True, help="have each library run a script, where this machine can")
    parser.add_argument(
        "--may-not-run", action="append", default=[], metavar="TARGET", help="with --run: what this machine need not run"
    )
    add_targets(parser)
    options = parser.parse_args(arguments)
    scope = scope_of(parser, options.names, options)
    output = options.output.resolve()
    if output.exists() and any(output.iterdir()) and not (output / "manifest.json").exists():
        parser.error(f"{output} has files that are not a release; name another folder, or empty it")
    if reason := why_no_release():  # else all its stubs and wheels would be refused in the end
        print(f"ci/release: {reason}", file=sys.stderr)
        return 1
    os.environ["SOURCE_DATE_EPOCH"] = str(source_date())  # for the tools that are called, too
    folder = (options.targets or ROOT / "build" / "targets").resolve()
    results = [] if options.targets else build_all(scope, folder)
    try:
        check_environment()
    except LockError as error:
        results.append(Result("requirements", "", "failed", str(error)))
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=output.parent) as temporary:
        made = Path(temporary) / "release"
        made.mkdir()
        results += collect(scope, folder, made, results)
        good = check(made, folder, results, options.run, options.may_not_run)
        manifest = describe.describe(made, project_version(), good)
        results += [Result(name, "", "failed", problem) for name, problem in problems_with_scope(manifest, scope)]
        made.chmod(0o755)
        try:
            signature = sign(made)
        except RuntimeError as error:
            signature = "unsigned"
            results.append(Result("signatures", "", "failed", str(error)))
        if output.exists():
            output.rename(Path(temporary) / "former")
        made.rename(output)
    results += make_index(output) + keep_symbols(scope, folder, output, good)
    status = status_of(results, scope)
    print(f"{len(good)} files of {project_version()} are in {output}; {signature}")
    if commit().endswith("-dirty"):
        print("The checkout has changes that are not committed, so this cannot be published.")
    return status


def collect(scope: Scope, folder: Path, made: Path, built: list[Result]) -> list[Result]:
    """Make the files of a release of what has been built, but for what has just failed."""
    targets, tested = list(scope.targets), scope.tested
    bad = {(result.target, result.python) for result in built if result.state != "built"}
    results = []
    for target in targets:
        parts = (target.name, *target.parts)
        pythons = [
            python
            for python in pythons_in(target, folder)
            if python in versions_of(target, tested) and not any((part, python) in bad for part in parts)
        ]
        results.append(collect_target(target, [] if (target.name, "all") in bad else pythons, folder, made))
    try:
        collect_stub(targets, folder, made)
    except FileNotFoundError as error:
        results.append(Result("orthanc.pyi", "", "failed", str(error)))
    return results + make_wheels(targets, folder, made, tested, bad) + make_sdist(made)


def collect_target(target: Target, pythons: list[str], folder: Path, made: Path) -> Result:
    """Make the files of one target."""
    if not pythons:
        return Result(target.name, "all", "left out", f"there is nothing of it in {folder}")
    try:
        collect_plugins(target, pythons, folder, project_version(), made)
        collect_bundle(target, pythons, folder, project_version(), made, source_date())
    except OSError as error:
        return Result(target.name, "all", "failed", str(error))
    return Result(target.name, ", ".join(pythons), "built")


def make_wheels(targets: list[Target], folder: Path, made: Path, tested: bool, bad: set[tuple[str, str]]) -> list[Result]:
    """Make the wheels of what has been built, but for what has just failed."""
    try:
        results = build_wheels(targets, folder, made, tested)
    except SystemExit as error:
        return [Result("wheels", "", "failed", str(error))]
    told = []
    known = {target.name: target for target in targets}
    for result in results:
        target = known[result.target]
        if any((part, result.python) in bad for part in (target.name, *target.parts)):
            (made / result.detail).unlink(missing_ok=True)  # of a former build
        elif result.python in pythons_in(target, folder):
            told.append(Result(f"{target.name}: wheel", result.python, result.state, result.detail, result.seconds))
    return told


def make_sdist(made: Path) -> list[Result]:
    """Make the source distribution, of SOURCE_DATE_EPOCH, with this environment's build requirements."""
    start = time.monotonic()
    command = [sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", str(made), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        return [Result("sdist", "", "failed", (done.stderr or done.stdout).strip()[-500:], seconds)]
    return [Result("sdist", "", "built", seconds=seconds)]


def check(made: Path, folder: Path, results: list[Result], run: bool, may_not: list[str]) -> list[Inspection]:
    """Look at each file, and have libraries run where they can; the good ones. The others are removed: `results` says why."""
    good = []
    with tempfile.TemporaryDirectory() as work:
        source = this_checkout()
        found = [verify.inspect_in(file, Path(work), source) for file in sorted(made.iterdir())]
        rows = {each.file: list(verify.rows_of_file(each, [], [])) for each in found}
        if run:
            verify.run([row for some in rows.values() for row in some], folder, may_not)
        show([row for some in rows.values() for row in some])
        for each in found:
            if problems := [problem for row in rows[each.file] for problem in row.problems]:
                results.append(Result(each.file.name, "", "failed", "refused: " + "; ".join(problems)))
                each.file.unlink()
            else:
                tried = [row for row in rows[each.file] if row.checked is not None and row.ran is not None]
                each.runs = {str(row.checked.promise.python): row.ran for row in tried if row.checked and row.ran}
                good.append(each)
    return good


def keep_symbols(scope: Scope, folder: Path, output: Path, good: list[Inspection]) -> list[Result]:
    """Keep what debuggers need of the release's libraries beside it, with checksums: no user needs it. Check that it is all."""
    kept = folder_of_symbols(output)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    libraries = [each for found in good if found.kind in ("bundle", "plugin") for each in found.libraries]
    for target in scope.targets:
        paths = sorted({each.promise.built for each in libraries if each.promise.target == target})
        collect_symbols(target, paths, folder, project_version(), kept, source_date())
    write_sums(kept, kept.glob("*.zip"))
    problems = [f"{name} {problem}" for name, problem in problems_of_symbols(kept, project_version(), libraries, source_date())]
    return [Result("symbols", "", "failed" if problems else "built", "; ".join(problems) or str(kept))]


def make_index(output: Path) -> list[Result]:
    """Make the download site beside the release, by src/orthanc_release/site/make.py."""
    site = output.with_name(f"{output.name}-site")
    command = [sys.executable, str(ROOT / "ci" / "module.py"), "site.make", str(output), "--output", str(site)]
    done = subprocess.run(command, capture_output=True, text=True)
    return [Result("site", "", "failed" if done.returncode else "built", done.stderr.strip() if done.returncode else str(site))]


if __name__ == "__main__":
    sys.exit(end_by_signals(main))
