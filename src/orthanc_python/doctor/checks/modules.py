# SPDX-License-Identifier: GPL-3.0-or-later
"""The setting "Modules": whether the interpreter has them."""

from __future__ import annotations

from collections.abc import Iterator

from orthanc_python.doctor.finding import Finding, ok, problem, warning
from orthanc_python.doctor.setup import Setup
from orthanc_python.interpreters.asking import CannotAsk
from orthanc_python.modules.installed_modules import find_modules
from orthanc_python.modules.module_requirements import refusal
from orthanc_python.rights import pip_of


def check_modules(setup: Setup) -> Iterator[Finding]:
    if not setup.modules or setup.interpreter is None:
        return
    python = setup.interpreter.executable
    plugin = next((each.version for each in setup.python_plugins if each.version), "")
    versions = {"plugin": plugin} if plugin else {}
    try:
        modules = find_modules(python, setup.modules)
    except CannotAsk as error:
        yield warning("modules", f"{python}: {error}", "correct what it says, and run this again: they are not checked")
        return
    for module in modules:
        subject = f"module {module.name}"
        if module.missing:
            text = f"{module.missing} is not installed for {python}, and Orthanc stops"
            top = module.missing.partition(".")[0]
            package = top.replace("_", "-")
            fix = f"{pip_of(python)} install {package}, if the package is called so, or name its folder: ./{top}"
            yield problem(subject, text, fix)
        elif module.fault:
            yield problem(subject, f"{module.fault}, and Orthanc stops", "correct it")
        elif refused := refusal(module.name, module.needs, versions):
            yield problem(subject, refused, "install what it needs")
        elif module.submodule and module.submodule not in setup.modules:
            text = f"it only contains the module that registers callbacks, {module.submodule}"
            yield warning(subject, text, f'write "{module.submodule}" in "Modules"')
        else:
            yield ok(subject, module.file)
