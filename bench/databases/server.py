# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the integration tests' PostgreSQL server until standard input ends, as it does when the benchmark is killed.

A program of its own because the tests' modules set a signal handler. It prints a line of JSON: how to use the server, or what
is missing.
"""

from __future__ import annotations

import json
import sys

from postgresql import INDEX, PROGRAMS, postgresql  # type: ignore[import-not-found]  # of tests/integration


def main() -> None:
    has_server = bool(PROGRAMS) and (PROGRAMS[-1] / "initdb").exists()  # PostgreSQL's client has such a folder too
    if not has_server or not INDEX.exists():
        missing = "install it and Orthanc's plugin for it: apt-get install postgresql orthanc-postgresql"
        print(json.dumps({"missing": missing}), flush=True)
        return
    with postgresql("fsync=off") as server:
        found = {"access": server.access, "createdb": str(PROGRAMS[-1] / "createdb"), "plugin": str(INDEX)}
        print(json.dumps(found), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
