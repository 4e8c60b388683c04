# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks finished files from the outside against what they are by their names: ci/verify [PATH...], by default build/targets.

A path is a folder that ci/build has written, the folder of a release, or a file of one, such as one that was downloaded. Of
each library: format and processor, exports, dependencies, CPython, oldest system, hardening, version resource, names, and
signature, and that nothing is in it that no linker writes. Bundles and wheels are unpacked, and what is in them is checked
likewise; their texts are compared with their sources, for some of them by the SDK's header. Of a release: that its
descriptions are true, and those of its files; and that the symbol files beside it, in RELEASE-symbols, are those of its
libraries.
A file by itself is compared with SHA256SUMS, manifest.json and the signature of that beside it, as far as they are there. What
targets.toml has and a folder has not is refused, unless --without names it. With --run, so is a library that by targets.toml
each machine can run and this one cannot, unless --may-not-run names it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import track

from orthanc_release.artifacts import Manifest
from orthanc_release.describe.sums import (
    NOT_REGULAR,
    SUMS,
    growth,
    is_regular,
    problems_with_manifest,
    problems_with_scope,
    problems_with_sums,
    read_manifest,
    read_sums,
)
from orthanc_release.inspection.files import inspect, stand_alone_plugins
from orthanc_release.inspection.model import Inspection, libraries_beside_loader
from orthanc_release.libraries.checks import Checked
from orthanc_release.scope import Scope, add_pythons, add_scope, scope_of
from orthanc_release.sources import Source, UnknownSourceError, source_of_commit
from orthanc_release.targets import ROOT, read_targets
from orthanc_release.trial.trial import Trials
from orthanc_release.verify.release_checks import compare_with_tag, descriptions_of, problems_of_facts, problems_of_release
from orthanc_release.verify.signature_checks import signatures_of
from orthanc_release.verify.single_file import compare_beside, source_of_file
from orthanc_release.verify.symbol_checks import folder_of_symbols, problems_of_symbols
from orthanc_release.verify.table import Row, show


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when a file is not what its name says, or there is none."""
    built = ROOT / "build" / "targets"
    parser = argparse.ArgumentParser(prog="ci/verify", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", default=[built])
    parser.add_argument(
        "--former", type=Path, metavar="PATH", help="the last release, or its manifest.json: names files that grew"
    )
    parser.add_argument(
        "--without-header",
        action="store_true",
        help="pass texts that are made of the SDK's header, and are not compared without it: with a note",
    )
    parser.add_argument(
        "--without-sources",
        action="store_true",
        help="pass a single file whose texts are not compared, because its sources are not in this checkout: with a note",
    )
    parser.add_argument("--run", action="store_true", help="have each library run a script, where this machine can")
    add_pythons(parser)
    add_scope(parser)
    parser.add_argument(
        "--may-not-run", action="append", default=[], metavar="TARGET", help="with --run: what this machine need not run"
    )
    parser.add_argument("--targets", type=Path, metavar="DIR", default=built, help="of ci/build, for what --run needs")
    options = parser.parse_args(arguments)
    scope = scope_of(parser, options.target, options)
    if missing := [path for path in options.paths if not path.exists()]:
        print(f"there is no {missing[0]}" + ("; ci/build makes it" if missing[0] == built else ""), file=sys.stderr)
        return 1
    try:
        former = read_former(options.former)
    except (OSError, ValueError) as error:
        parser.error(f"--former: {error}")
    with tempfile.TemporaryDirectory() as work:
        rows = [
            row
            for path in options.paths
            for row in rows_of(path, Path(work), former, scope, options.without_header, options.without_sources)
        ]
        if options.run:
            run(rows, options.targets, options.may_not_run)
    if not rows:
        print(f"there are no libraries in {options.paths[0]}; build them by ci/build", file=sys.stderr)
        return 1
    show(rows)
    return int(any(row.problems for row in rows))


def read_former(path: Path | None) -> Manifest | None:
    """The manifest of the last release. Raises OSError and ValueError."""
    if path is None:
        return None
    return read_manifest(path if path.is_dir() else path.parent)


def rows_of(
    path: Path,
    work: Path,
    former: Manifest | None,
    scope: Scope,
    without_header: bool = False,
    without_sources: bool = False,
) -> Iterator[Row]:
    """All that is to be said of a path; archives are unpacked into folders in `work`."""
    if not path.is_dir():
        manifest, problems, notes = compare_beside(path)
        source = None
        try:
            source = source_of_file(path, manifest)
        except UnknownSourceError as error:
            (notes if without_sources else problems).append(
                f"was not compared with its sources: it {error}; git fetch --tags may bring it; or name --without-sources"
            )
        yield from rows_of_file(inspect_in(path, work, source, without_header), problems, notes)
    elif (path / "manifest.json").exists():
        yield from rows_of_release(path, work, former, scope, without_header)
    else:
        yield from rows_of_targets(path, scope)


def rows_of_release(
    folder: Path, work: Path, former: Manifest | None, scope: Scope, without_header: bool = False
) -> Iterator[Row]:
    """The folder of a release: its descriptions, each file, and whether it is all that targets.toml has."""
    if others := [path for path in sorted(folder.iterdir()) if not is_regular(path)]:  # to read a pipe would take for ever
        yield from (Row(path.name, 0, [NOT_REGULAR]) for path in others)
        return
    try:
        manifest, sums = read_manifest(folder), read_sums(folder)
    except (OSError, ValueError) as error:
        yield Row(str(folder), 0, [str(error)])
        return
    source, told = None, defaultdict[str, list[str]](list)
    try:
        source = source_of_commit(manifest.commit)
    except UnknownSourceError as error:
        told["manifest.json"].append(str(error))
    for name, problem in (*problems_with_scope(manifest, scope), *problems_of_release(folder, manifest, source)):
        told[name].append(problem)
    problems_of_commit, notes = compare_with_tag(manifest)
    told["manifest.json"] += problems_of_commit
    if not signatures_of(folder):
        notes.append("is not signed: anyone could have made it")
    artifacts = {artifact.name: artifact for artifact in manifest.files}
    present = {path.name: path for path in folder.iterdir()}
    for name in artifacts.keys() | sums.keys():
        if name not in present:
            told[name].append(f"is missing, {'manifest.json' if name in artifacts else SUMS} has it")
    for name in sorted(told.keys() - present.keys()):
        yield Row(name, 0, told[name])
    libraries: list[Checked] = []
    for name, file in track(sorted(present.items()), "checking", console=Console(stderr=True), transient=True):
        described = {SUMS, *signatures_of(folder)}
        problems = [*told[name], *([] if name in described else problems_with_sums(file, sums))]
        if name not in artifacts:
            problems += [] if name in described | descriptions_of(manifest) else ["does not belong to the release"]
            yield Row(name, file.stat().st_size, problems, notes=notes if name == "manifest.json" else [])
            continue
        artifact = artifacts[name]
        problems += problems_with_manifest(file, artifact)
        inspection = inspect_in(file, work, source, without_header)
        problems += problems_of_facts(inspection, artifact)
        if inspection.version not in (None, manifest.version):
            problems.append(f"has the version {inspection.version}, manifest.json says {manifest.version}")
        grown = growth(artifact, former) if former is not None else None
        libraries += inspection.libraries if inspection.kind in ("bundle", "plugin") else []
        yield from rows_of_file(inspection, problems, [grown] if grown else [])
    symbols = folder_of_symbols(folder.resolve())
    if symbols.is_dir():
        yield from rows_of_symbols(symbols, manifest.version, libraries, source)


def rows_of_symbols(folder: Path, version: str, libraries: list[Checked], source: Source | None) -> Iterator[Row]:
    """The archives of symbol files beside a release."""
    told = {path.name: list[str]() for path in folder.iterdir()}
    for name, problem in problems_of_symbols(folder, version, libraries, source.seconds if source is not None else None):
        told.setdefault(name, []).append(problem)
    for name in sorted(told):
        file = folder / name
        yield Row(f"{folder.name}/{name}", file.stat().st_size if file.is_file() else 0, told[name])


def rows_of_targets(folder: Path, scope: Scope) -> Iterator[Row]:
    """A folder that ci/build has written, and what it lacks by targets.toml."""
    expected = {
        (target, path): None
        for target, python in scope.pairs()
        for path in (Path(target.loader), target.plugin(python), target.stand_alone(python))
    }
    for target, path in expected:
        if not (folder / target.name / path).is_file():
            yield Row(f"{target.name}/{path.as_posix()}", 0, [f"is missing; ci/build {target.name} makes it"])
    for target in read_targets().values():
        base = folder / target.name
        names = [
            path.relative_to(base).as_posix() for path in (base / target.loader, *base.glob("OrthancPython/*")) if path.exists()
        ]
        found, others = libraries_beside_loader(target, base, names)
        for each in [*found, *stand_alone_plugins(target, base)]:
            in_bundle = each.file.parent.name == "OrthancPython"
            yield row_of_library(each, str(each.file.relative_to(folder)), base / target.loader if in_bundle else None)
        for name in sorted(others):
            yield Row(f"{target.name}/{name}", (base / name).stat().st_size, ["has a name that no library has"])


def inspect_in(file: Path, work: Path, source: Source | None, without_header: bool = False) -> Inspection:
    """Look at a file, with a new folder to unpack it in; with sources, compare it with them."""
    return inspect(file, Path(tempfile.mkdtemp(dir=work)), source, without_header)


def rows_of_file(found: Inspection, problems: list[str], notes: list[str]) -> Iterator[Row]:
    """A file, and the libraries in it."""
    size = found.file.stat().st_size
    notes = [*notes, *found.notes]
    if found.kind == "plugin" and found.libraries:
        row = row_of_library(found.libraries[0], found.file.name, None)
        row.problems[:0] = problems + found.problems
        row.notes += notes
        yield row
        return
    yield Row(found.file.name, size, problems + found.problems, notes=notes)
    loader = next((each.file for each in found.libraries if each.promise.python is None), None)
    for each in found.libraries:
        row = row_of_library(each, each.file.name, loader)
        row.archive = found.file.name
        yield row


def row_of_library(checked: Checked, name: str, loader: Path | None) -> Row:
    """A library."""
    return Row(name, checked.file.stat().st_size, list(checked.problems), checked, loader)


def run(rows: list[Row], programs: Path, may_not: Collection[str] = ()) -> None:
    """Have each plugin run a script; loaders run with each of their plugins. `may_not` names targets, or target:version."""
    plugins = [row for row in rows if row.checked is not None and row.checked.promise.python is not None]
    with Trials(programs) as trials:
        for row in track(plugins, "running", console=Console(stderr=True), transient=True):
            assert row.checked is not None
            if row.problems:
                row.notes.append("not run: it is not what it should be")
                continue
            fine, told = trials.run(row.checked, row.loader)
            target, python = row.checked.promise.target, str(row.checked.promise.python)
            excused = not target.runs_anywhere(python) or {target.name, f"{target.name}:{python}"} & set(may_not)
            if fine:
                row.ran = told
                row.notes.append(f"ran {told}")
            else:
                (row.problems if fine is False or not excused else row.notes).append(told)


if __name__ == "__main__":
    sys.exit(main())
