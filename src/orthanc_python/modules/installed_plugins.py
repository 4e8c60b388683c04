# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugins that an environment offers by the entry point group "orthanc.plugins"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orthanc_python.interpreters.asking import last_json
from orthanc_python.modules.installed_modules import find_modules
from orthanc_python.modules.module_requirements import refusal

GROUP = "orthanc.plugins"
QUESTION = r"""
import json, re, sys
from importlib.metadata import distributions
sys.path[:] = [entry for entry in sys.path if entry]
try:
    from orthanc_python import build_facts
    versions = {"plugin": build_facts.VERSION, "sdk": build_facts.SDK}
except ImportError:
    versions = {}

def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()

known, plugins, broken = set(), [], []
for distribution in distributions():
    try:
        name, version = distribution.metadata["Name"], distribution.version
        if name and normal(name) in known:
            continue  # as for imports, the first one on the path is used
        found = [each for each in distribution.entry_points if each.group == sys.argv[1]]
        if not name or not version:
            raise ValueError("it has no name or no version")
    except Exception as error:
        if sys.argv[1] in (distribution.read_text("entry_points.txt") or ""):
            broken.append([str(getattr(distribution, "_path", "")), str(error) or type(error).__name__])
        continue
    known.add(normal(name))
    plugins += [[each.name, each.value.partition(":")[0].strip(), name, version] for each in found]
sys.stdout.write("\n" + json.dumps({"versions": versions, "plugins": sorted(plugins), "broken": sorted(broken)}))
"""


@dataclass(frozen=True)
class InstalledPlugin:
    name: str
    module: str  # what the setting "Modules" names
    package: str
    version: str
    refused: str  # why it cannot run; "" if it can


def find_plugins(interpreter: Path) -> list[InstalledPlugin]:
    """Return the plugins of an interpreter's environment, by name. Their code is not run.

    Raises:
        CannotAsk: the interpreter cannot be run, or fails.
    """
    answer = last_json(interpreter, QUESTION, GROUP, asked_for="which plugins it has")
    modules = [module for _, module, _, _ in answer["plugins"]]
    known = {each.name: each for each in find_modules(interpreter, modules)} if modules else {}
    found = []
    for name, module, package, version in answer["plugins"]:
        each = known[module]
        missing = f"its module {each.missing} is missing: install {package} again" if each.missing else ""
        refused = missing or each.fault or refusal(module, each.needs, answer["versions"])
        found.append(InstalledPlugin(name, module, package, version, refused))
    for path, reason in answer["broken"]:
        package = Path(path).name.partition("-")[0]
        refused = f"the metadata in {path} cannot be read ({reason}): install {package} again"
        found.append(InstalledPlugin(package, "", package, "", refused))
    return found


def state(plugin: InstalledPlugin, enabled: Mapping[str, str] | None) -> str:
    """Return "refused: REASON", "enabled in FILE", "not enabled" or "unknown".

    Args:
        enabled: the configuration of each module that one names; None if the configuration cannot be read.
    """
    if plugin.refused:
        return f"refused: {plugin.refused}"
    if enabled is None:
        return "unknown"
    return f"enabled in {enabled[plugin.module]}" if plugin.module in enabled else "not enabled"
