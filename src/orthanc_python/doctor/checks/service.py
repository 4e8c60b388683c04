# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the account that Orthanc runs as can read what the configuration names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orthanc_python.doctor.finding import Finding, ok, problem
from orthanc_python.doctor.setup import Setup
from orthanc_python.libraries.file_names import plugin_for
from orthanc_python.libraries.library import Kind
from orthanc_python.service.access import environment_files, unreadable


def check_service(setup: Setup) -> Iterator[Finding]:
    if setup.account is None:
        return
    wanted = [("the configuration", setup.path)]
    wanted += [("the configuration", file.path) for file in setup.configuration.files if file.path != setup.path]
    wanted += [("the script", (setup.working_folder or Path()) / script) for script in setup.scripts]
    wanted += [("the plugin", plugin.path) for plugin in setup.python_plugins]
    interpreter = setup.interpreter if setup.python_plugins else None
    if interpreter is not None:
        wanted += environment_files(interpreter)
        loaders = [plugin.path for plugin in setup.python_plugins if plugin.kind is Kind.LOADER]
        version = interpreter.version
        wanted += [(f"the plugin for Python {version}", plugin_for(loader.resolve(), version)) for loader in loaders]
    if setup.text("VirtualEnv"):
        wanted.append(("the virtual environment", Path(setup.text("VirtualEnv"))))
    found = list(unreadable(setup.account, wanted))
    for each in found:
        yield problem("access", each.text, each.fix)
    if not found:
        yield ok("access", f"the account {setup.account.name} can read all that the configuration names for Python")
