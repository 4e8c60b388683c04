# SPDX-License-Identifier: GPL-3.0-or-later
"""Put each fault into a private copy, and see that a test fails: `python -m tests.mutants [AREA...] [--only TEXT]`."""

from __future__ import annotations

import argparse
import sys
import time

from tests.mutants.model import AREAS, Mutant, load
from tests.mutants.workshop import BrokenMutant, Workshop

ENOUGH = 0.95  # the share that must be killed


def arguments() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="nox -s mutants --", description=__doc__)
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"any of: {', '.join(AREAS)}; without, all")
    parser.add_argument("--only", default="", help="those whose file or text has this in it")
    options = parser.parse_args()
    if unknown := set(options.areas) - set(AREAS):
        parser.error(f"{', '.join(sorted(unknown))} is not an area: choose from {', '.join(AREAS)}")
    return options


def main() -> int:
    """Try the mutants and return the exit status: 1 if too many survive, or if one does not even build."""
    options = arguments()
    mutants = [mutant for area in options.areas or AREAS for mutant in load(area) if options.only in str(mutant)]
    workshop = Workshop()
    workshop.prepare(mutants)
    survivors: list[Mutant] = []
    broken: list[str] = []
    for number, mutant in enumerate(mutants, 1):
        began = time.monotonic()
        try:
            killed = workshop.kills(mutant)
        except BrokenMutant as error:
            broken.append(f"{mutant}\n{error}")
            outcome = "BROKEN"
        else:
            outcome = "killed" if killed else "SURVIVES"
            survivors += [] if killed else [mutant]
        print(f"{number:3}/{len(mutants)} {time.monotonic() - began:5.1f} s  {outcome:8}  {mutant}", flush=True)
    killed_number = len(mutants) - len(survivors) - len(broken)
    print(f"\n{killed_number} of {len(mutants)} mutants are killed.")
    for mutant in survivors:
        print(f"survives: {mutant}\n          in spite of {', '.join(mutant.tests)}")
    for text in broken:
        print(f"broken: {text}")
    return 1 if broken or killed_number < ENOUGH * len(mutants) else 0


if __name__ == "__main__":
    sys.exit(main())
