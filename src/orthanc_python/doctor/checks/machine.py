# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine without a configuration: Orthanc, its SDK, the interpreters, this environment, and whether the plugin loads."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from orthanc_python.doctor.checks.plugins import check_interpreter, check_processor
from orthanc_python.doctor.finding import Finding, ok, problem, warning
from orthanc_python.failure import Failure
from orthanc_python.interpreters.asking import ask
from orthanc_python.interpreters.on_path import on_path, usual_names
from orthanc_python.libraries.installation import VARIABLE, build_facts, find_plugin, how_to_install, python_version
from orthanc_python.libraries.library import Kind, read_library
from orthanc_python.rights import pip_of
from orthanc_python.server.orthanc_log import first_error
from orthanc_python.server.orthanc_server import OrthancServer, find_orthanc
from orthanc_python.server.orthanc_version import VERSION, version_text
from orthanc_python.server.start_errors import OrthancDidNotStart, OrthancNotFound

OLDEST_ORTHANC = (1, 10, 1)
INCLUDES = ("/usr/local/include", "/usr/include", "/opt/homebrew/include")
SCRIPT = "import orthanc\northanc.LogWarning('orthanc-python doctor: the plugin works')\n"


def check_orthanc() -> Iterator[Finding]:
    try:
        program = find_orthanc()
    except OrthancNotFound as error:
        yield problem("Orthanc", str(error), "apt-get install orthanc")
        return
    said = version_text(program)
    found = VERSION.search(said)
    if found is None:
        name = "mainline" if "mainline" in said else "no version"
        yield warning("Orthanc", f"{program} says {name}", "take a release, if something does not work")
    elif tuple(map(int, found.groups())) < OLDEST_ORTHANC:
        yield problem("Orthanc", f"{program} is {found[0]}, and the plugin needs 1.10.1", "install a later Orthanc")
    else:
        yield ok("Orthanc", f"{found[0]}, {program}")
    for folder in INCLUDES:
        header = Path(folder) / "orthanc" / "OrthancCPlugin.h"
        if header.is_file():
            yield ok("SDK", f"{header} (needed only to build the plugin)")


def check_environment() -> Iterator[Finding]:
    try:
        release = version("orthanc-python")
    except PackageNotFoundError:
        release = "not installed: run from its source"
    yield ok("orthanc-python", f"{release}, in {sys.prefix}")
    active = os.environ.get("VIRTUAL_ENV")
    if active and Path(active).resolve() != Path(sys.prefix).resolve():
        text = f"the active virtual environment is {active}, but this command belongs to {sys.prefix}"
        yield warning("environment", text, how_to_install(f"{active}/bin/pip"))
    own = ask(Path(sys.executable))
    if own is None or not own.library:
        release = own.release if own else "?"
        fix = own.how_to_get_library if own else "install Python anew"
        yield problem("this Python", f"{release}, {sys.executable}, has no shared libpython, and cannot be embedded", fix)
    else:
        yield ok("this Python", f"{own.release}, {own.executable}, {own.library}")
    seen = {(own.release, own.library)} if own else set()
    for path in on_path(usual_names(("", "t")), os.environ):
        other = ask(path)
        if other is not None and (other.release, other.library) not in seen:
            seen.add((other.release, other.library))
            yield ok("also here", f"Python {other.release}, {path}, {other.library or 'without a shared libpython'}")


def check_plugin() -> Iterator[Finding]:
    try:
        path = find_plugin()
    except Failure as error:
        yield problem("plugin", str(error), "pip install .")
        return
    library = read_library(path)
    before = list(check_processor(library))
    if library.kind is Kind.LOADER and (own := ask(Path(sys.executable))):
        before += check_interpreter(own, path)
    elif library.kind is Kind.LINKED and library.python != python_version():
        text = f"it is built for Python {library.python}, and this is {python_version()}"
        before.append(problem(str(path), text, how_to_install(pip_of(Path(sys.executable)))))
    yield from before
    if not before:
        yield ok("plugin", str(path))
        if os.environ.get(VARIABLE) is None and (facts := build_facts()):
            built = f"for Python {facts['PYTHON']} and {facts['SYSTEM']}, with the SDK of Orthanc {facts['SDK']}"
            yield ok("its build", f"{built}, by {facts['COMPILER']}")
        yield _try(path)


def _try(plugin: Path) -> Finding:
    """Start Orthanc with a script of one line."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "check_plugin.py"
        script.write_text(SCRIPT, encoding="utf-8")
        settings = {"Python": {"Executable": sys.executable}}
        try:
            with OrthancServer(script, plugin=plugin, configuration=settings) as server:
                found = re.search(r"Python: using .*", server.log())
                works = "the plugin works" in server.log()
        except OrthancNotFound as error:
            return problem("start", str(error), "apt-get install orthanc")
        except OrthancDidNotStart as error:
            said = " ".join(first_error(error.log)) or str(error)
            return problem("start", said, "correct what Orthanc says, then run this again")
    if not works:
        return problem("start", "Orthanc starts, but does not run the script", f"look at the log of: Orthanc with {plugin}")
    return ok("start", found[0] if found else "Orthanc runs a script")
