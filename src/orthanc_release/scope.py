# SPDX-License-Identifier: GPL-3.0-or-later
"""The scope of a command: targets and their CPython versions, without those that the command line leaves out."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orthanc_release.artifacts import bundle_name, plugin_name
from orthanc_release.targets import Target, read_pythons, read_targets, versions_of
from orthanc_release.wheel_tags import wheel_tag


@dataclass(frozen=True)
class Scope:
    """The targets and versions of a command."""

    targets: tuple[Target, ...]
    tested: bool = False  # only the CPython versions that ci/test builds
    without: frozenset[str] = frozenset()  # what may be missing: targets, CPython versions, and pairs such as windows-x86:3.13
    only: frozenset[str] = frozenset()  # CPython versions; all, if there are none

    def allows(self, target: str, python: str) -> bool:
        """Return whether this may be missing. Of several versions, such as "3.10, 3.11" or "all", each."""
        target = target.partition(":")[0]  # of a wheel, too
        known = read_targets()
        versions = versions_of(known[target], self.tested) if python == "all" and target in known else python.split(", ")
        return target in self.without or all({each, f"{target}:{each}"} & self.without for each in versions)

    def versions(self, target: Target) -> tuple[str, ...]:
        """Return the CPython versions of a target that the command is about."""
        return tuple(python for python in versions_of(target, self.tested) if not self.only or python in self.only)

    def pythons(self, target: Target) -> tuple[str, ...]:
        """Return the CPython versions that a target must have."""
        return tuple(
            python
            for python in self.versions(target)
            if not any(self.allows(part, python) for part in (target.name, *target.parts))
        )

    def pairs(self) -> Iterator[tuple[Target, str]]:
        """Yield each target with each of its CPython versions."""
        for target in self.targets:
            for python in self.pythons(target):
                yield target, python

    def files(self, version: str) -> dict[str, tuple[str, ...]]:
        """Return the names of a release's files that manifest.json describes, each with its CPython versions."""
        found: dict[str, tuple[str, ...]] = {f"orthanc_python-{version}.tar.gz": (), "orthanc.pyi": ()}
        for target in self.targets:
            if pythons := self.pythons(target):
                found[bundle_name(version, target)] = pythons
        for target, python in self.pairs():
            found[plugin_name(version, python, target)] = (python,)
            found[f"orthanc_python-{version}-{wheel_tag(target, python)}.whl"] = (python,)
        return found

    def may_have(self, name: str, version: str) -> bool:
        """Return whether a file that need not be there belongs to these targets all the same."""
        return name in Scope(self.targets, self.tested).files(version)


def add_without(parser: argparse.ArgumentParser) -> None:
    """Add --without, for scope_of."""
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="WHAT",
        help="a target, a CPython version, or both as in windows-x86:3.13, that may be missing; else that is a failure",
    )


def add_pythons(parser: argparse.ArgumentParser) -> None:
    """Add --python, for scope_of."""
    parser.add_argument("--python", action="append", default=[], metavar="VERSION", help="only this CPython; may be repeated")


def add_targets(parser: argparse.ArgumentParser) -> None:
    """Add --tested, --without, and TARGET... as `names`, for scope_of."""
    parser.add_argument("--tested", action="store_true", help="only the CPython versions that ci/test builds")
    add_without(parser)
    parser.add_argument("names", nargs="*", metavar="TARGET", help=f"default: all of {', '.join(read_targets())}")


def add_scope(parser: argparse.ArgumentParser) -> None:
    """Add --tested, --target and --without, for scope_of, where the other arguments are not targets."""
    parser.add_argument("--tested", action="store_true", help="only the CPython versions that ci/test builds must be there")
    parser.add_argument("--target", action="append", default=[], metavar="TARGET", help="what must be there; default: all")
    add_without(parser)


def scope_of(parser: argparse.ArgumentParser, names: Iterable[str], options: argparse.Namespace) -> Scope:
    """Return the scope of these targets, all if there are none. End the command for a name that is not known."""
    known = read_targets()
    names = list(names)
    if unknown := set(names) - set(known):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for each in options.without:
        target, colon, python = each.partition(":")
        versions = versions_of(known[target], tested=False) if target in known else ()
        if not (re.fullmatch(r"3\.\d+t?", each) or (target in known and (python in versions or not colon))):
            parser.error(f"--without {each} is not a target, a CPython version, or both as in windows-x86:3.13")
    only = frozenset(getattr(options, "python", ()))
    if strange := only - set(read_pythons()):
        parser.error(f"--python {', '.join(sorted(strange))}: there are {', '.join(read_pythons())}")
    chosen = tuple(target for name, target in known.items() if name in (names or known))
    return Scope(chosen, options.tested, frozenset(options.without), only)
