# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports the modules of the setting "Modules": installed packages of plugins."""

from __future__ import annotations

import builtins
import sys

import _orthanc_module_specs
import _orthanc_scripts

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

_places: dict[str, list[str]] = {}  # files and folders of the packages, by their names


def prepare(names: list[str]) -> None:
    """Refuse what cannot be a module of a plugin. Raises ValueError."""
    for name in names:
        if name.endswith(".py") or "/" in name or "\\" in name:
            raise ValueError(f'"{name}" of the setting "Modules" is a file: name it in the setting "Path"')
        if not all(part.isidentifier() for part in name.split(".")):
            meant = name.replace("-", "_")
            advice = f', such as "{meant}"' if all(part.isidentifier() for part in meant.split(".")) else ""
            raise ValueError(
                f'"{name}" of the setting "Modules" is not the name of a module: write what `import` takes{advice}'
            )
        top = name.partition(".")[0]
        if top == "orthanc" or top in sys.stdlib_module_names:
            owner = "Orthanc" if top == "orthanc" else "Python itself"
            raise ValueError(f'"{name}" of the setting "Modules" is a module of {owner}: name the module of a plugin')


def run(name: str, versions: dict[str, str]) -> None:
    """Import a module, unless it requires other versions than these.

    Raises what it raises; a ModuleNotFoundError says how to install what is missing.
    """
    try:
        spec = _package(name)
        folders = spec.submodule_search_locations
        _check_requirements(name, versions)
        _places[spec.name] = [spec.origin or ""] if folders is None else list(folders)
        builtins.__import__(name)
    except ModuleNotFoundError as error:
        error.msg = f"{error.msg} in the environment {sys.prefix}: {_installation(name, error.name or name)}"
        raise


def is_module_file(file: str) -> bool:
    """Return whether a file belongs to one of the packages."""
    return any(file == place or _orthanc_scripts.is_below(file, place) for places in _places.values() for place in places)


def files() -> list[tuple[str, str]]:
    """Return the names of the packages, each with its file or folder."""
    return [(name, places[0]) for name, places in _places.items() if places]


def forget() -> None:
    """Have the packages imported again. Their extension modules stay: many cannot be initialized twice in a process."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if (not file or file.endswith(".py")) and any(name == each or name.startswith(f"{each}.") for each in _places):
            del sys.modules[name]
    _places.clear()


def _package(name: str) -> ModuleSpec:
    """Return the outermost package of a dotted name that has code, or the module itself, before that code runs."""
    for spec in _orthanc_module_specs.chain(name):
        if spec.origin is not None:
            return spec
    raise ImportError(f"{name} is a folder without __init__.py, so there is nothing to run: name a module in it", name=name)


def _check_requirements(name: str, versions: dict[str, str]) -> None:
    needs = {
        key: text
        for spec in _orthanc_module_specs.chain(name)
        for key, text in _orthanc_module_specs.requirements(spec).items()
    }
    if needs:
        import _orthanc_module_requirements  # imports a package that may not be installed

        refusal = _orthanc_module_requirements.refusal(name, needs, versions)
        if refusal:
            raise ImportError(refusal, name=name)


def _installation(name: str, missing: str) -> str:
    package = missing.partition(".")[0].replace("_", "-")
    what = "its package" if name.partition(".")[0] == missing.partition(".")[0] else f"what {name} imports"
    return f"install {what}, for example by: {sys.executable} -m pip install {package}"
