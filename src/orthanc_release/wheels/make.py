# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the wheels of the targets and CPython versions that ci/build has built.

The package is the same for all; each wheel gets its own libraries and tags, and is repaired by its system's tool. The same
sources and libraries give the same bytes. A wheel that fails does not stop the others: the summary and the exit status show it.
What ci/build has not built is left out. That is a failure too, unless --without names it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from wheel.wheelfile import WheelFile  # type: ignore[import-untyped]

from orthanc_release.builds.cross import Result, progress_of_builds, status_of
from orthanc_release.scope import add_targets, scope_of
from orthanc_release.targets import ROOT, Target, read_targets, versions_of
from orthanc_release.wheel_tags import plain_tag, wheel_tag
from orthanc_release.wheels.checks import problems_of_wheel
from orthanc_release.wheels.repair import RepairError, repair


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when a wheel failed."""
    parser = argparse.ArgumentParser(prog="ci/wheels", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--libraries", type=Path, default=ROOT / "build" / "targets", metavar="DIR", help="what ci/build wrote")
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "wheels", metavar="DIR", help="default: build/wheels")
    add_targets(parser)
    options = parser.parse_args(arguments)
    scope = scope_of(parser, options.names, options)
    results = build_wheels(list(scope.targets), options.libraries.resolve(), options.output.resolve(), scope.tested)
    status = status_of(results, scope)
    if not any(result.state == "built" for result in results):
        print(f"no wheel was made; build the libraries first: ci/build --output {options.libraries}", file=sys.stderr)
        return 1
    return status


def build_wheels(targets: list[Target], folder: Path, output: Path, tested: bool) -> list[Result]:
    """Make a wheel in `output` for each target and CPython version that ci/build has built in `folder`."""
    if "SOURCE_DATE_EPOCH" not in os.environ:
        os.environ["SOURCE_DATE_EPOCH"] = source_date()  # for this process and the tools that it calls
    output.mkdir(parents=True, exist_ok=True)
    jobs = [(target, python) for target in targets for python in versions_of(target, tested)]
    results = []
    with tempfile.TemporaryDirectory() as temporary, progress_of_builds() as progress:
        bar = progress.add_task("the package", total=len(jobs))
        package = build_package(Path(temporary))
        for target, python in jobs:
            progress.update(bar, description=f"{target.name}, CPython {python}")
            results.append(make(target, python, package, folder, output))
            progress.advance(bar)
    return results


def build_package(work: Path) -> Path:
    """The package alone, unpacked: what scikit-build-core makes a wheel of when it does not call CMake."""
    # With the build requirements that tests/requirements.txt has; -P as there is a build.py here too.
    command = [
        sys.executable,
        "-P",
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "-C",
        "wheel.cmake=false",
        "--outdir",
        str(work),
    ]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"the package cannot be built:\n{done.stdout}{done.stderr}")
    (made,) = work.glob("*.whl")
    unpack(made, work / "package")
    return work / "package"


def make(target: Target, python: str, package: Path, folder: Path, output: Path) -> Result:
    """Make one wheel, repair it and look at it from the outside."""
    start = time.monotonic()
    tree = folder / (target.parts[0] if target.parts else target.name) / target.wheel_tree(python)
    libraries = folder / target.name
    missing = [path for path in (tree, libraries / target.loader, libraries / target.plugin(python)) if not path.exists()]
    if missing:
        return Result(target.name, python, "left out", f"there is no {missing[0]}; ci/build {target.name} makes it")
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        shutil.copytree(package, work / "wheel")
        shutil.copytree(tree, work / "wheel", dirs_exist_ok=True)
        if target.parts:
            join(target, python, libraries, work / "wheel")
        made = pack(work / "wheel", plain_tag(target, python), work)
        try:
            repaired = repair(made, target, work / "repaired")
        except RepairError as error:
            return Result(target.name, python, "failed", str(error), time.monotonic() - start)
        unpack(repaired, work / "unpacked")
        # Once more: the tools write the files in the order in which the disk has them.
        finished = pack(work / "unpacked", wheel_tag(target, python), work)
        problems = list(problems_of_wheel(finished, target, python))
        if problems:
            return Result(target.name, python, "failed", "; ".join(problems), time.monotonic() - start)
        shutil.move(finished, output / finished.name)
    return Result(target.name, python, "built", finished.name, time.monotonic() - start)


def join(target: Target, python: str, libraries: Path, wheel: Path) -> None:
    """Turn what is in the wheel of the first part of a universal target into that of all of them."""
    plugin = wheel / "orthanc_python" / "plugin"
    shutil.copy2(libraries / target.loader, plugin)
    shutil.copy2(libraries / target.plugin(python), plugin / target.plugin(python))
    facts = wheel / "orthanc_python" / "build_facts.py"
    first = read_targets()[target.parts[0]]
    facts.write_text(facts.read_text(encoding="utf-8").replace(f"Darwin {first.processor}", f"Darwin {target.processor}"))


def unpack(wheel: Path, folder: Path) -> None:
    """Extract a wheel, whose hashes must be right."""
    with WheelFile(wheel) as archive:
        archive.extractall(folder)


def pack(folder: Path, tag: str, output: Path) -> Path:
    """Make a wheel of the files of an unpacked one, in order and with its own list of hashes."""
    (information,) = folder.glob("*.dist-info")
    facts: Message = HeaderParser().parsestr((information / "WHEEL").read_text(encoding="utf-8"))
    facts.replace_header("Root-Is-Purelib", "false")
    del facts["Tag"]
    facts["Tag"] = tag
    (information / "WHEEL").write_text(facts.as_string(), encoding="utf-8")
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)  # whatever the umask; Orthanc opens libraries, and does not run them
    made = output / f"{information.stem}-{tag}.whl"
    with WheelFile(made, "w") as archive:
        archive.write_files(str(folder))
    return made


def source_date() -> str:
    """Return the time of the last commit. All files in the wheels have it."""
    done = subprocess.run(["git", "-C", str(ROOT), "log", "-1", "--format=%ct"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{ROOT} is not a clone: set SOURCE_DATE_EPOCH to the time that the files in wheels shall have")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
