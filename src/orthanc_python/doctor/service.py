# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the account that Orthanc runs as can read what the configuration names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from orthanc_python.doctor.finding import Finding, ok, problem
from orthanc_python.doctor.library import Kind
from orthanc_python.doctor.setup import Setup
from orthanc_python.installation import plugin_for


def check_service(setup: Setup) -> Iterator[Finding]:
    if setup.account is None:
        return
    wanted: list[tuple[str, Path | None]] = [("the configuration", setup.path)]
    wanted += [("the configuration", file.path) for file in setup.configuration.files if file.path != setup.path]
    wanted += [("the script", (setup.working_folder or Path()) / script) for script in setup.scripts]
    wanted += [("the plugin", plugin.path) for plugin in setup.python_plugins]
    interpreter = setup.interpreter if setup.python_plugins else None
    if interpreter is not None:
        wanted.append(("Python", interpreter.executable))
        wanted.append(("libpython", Path(interpreter.library) if interpreter.library else None))
        loaders = [plugin.path for plugin in setup.python_plugins if plugin.kind is Kind.LOADER]
        wanted += [
            (f"the plugin for Python {interpreter.version}", plugin_for(loader, interpreter.version)) for loader in loaders
        ]
    if setup.text("VirtualEnv"):
        wanted.append(("the virtual environment", Path(setup.text("VirtualEnv"))))
    clear = True
    for what, path in wanted:
        if path is None or not path.exists():  # what does not exist is told by other checks
            continue
        obstacle = setup.account.obstacle(path)
        if obstacle is not None:
            clear = False
            where = "" if obstacle == path.resolve() else f", because of {obstacle}"
            text = f"the account {setup.account.name} cannot read {what}, {path}{where}"
            fix = (
                f"chmod a+rX {obstacle}"
                if obstacle == path.resolve()
                else f"move it to a folder such as /opt, or: chmod a+x {obstacle}"
            )
            yield problem(f"account {setup.account.name}", text, fix)
    if clear:
        yield ok(f"account {setup.account.name}", "can read all that the configuration names for Python")
