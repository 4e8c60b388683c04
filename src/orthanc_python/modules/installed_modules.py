# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask an interpreter which modules of plugins its environment has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from orthanc_python.interpreters.asking import last_json

QUESTION = """
import ast, json
sys.path[:] = [entry for entry in sys.path if entry]

def only_contains_plugin(spec):
    # Return whether it is a package that runs no code, and has a module `plugin`, as `orthanc-python new --package` writes it.
    if not spec.submodule_search_locations or _in_package(f"{spec.name}.plugin", spec.submodule_search_locations) is None:
        return False
    # A folder without __init__.py has no loader in older versions of Python, and runs no code.
    get_source = getattr(spec.loader, "get_source", lambda name: "" if spec.loader is None else None)
    try:
        source = get_source(spec.name)
    except ImportError:
        return False
    if source is None:
        return False
    runs = (ast.Import, ast.ImportFrom, ast.Call)
    return not any(isinstance(node, runs) for node in ast.walk(ast.parse(source)))

def described(name):
    try:
        specs = list(chain(name))
        needs = {key: text for spec in specs for key, text in requirements(spec).items()}
        submodule = f"{name}.plugin" if only_contains_plugin(specs[-1]) else ""
        return {"file": specs[-1].origin or "", "needs": needs, "submodule": submodule}
    except ModuleNotFoundError as error:
        return {"missing": error.name}
    except (SyntaxError, ValueError) as error:
        return {"fault": str(error)}

sys.stdout.write("\\n" + json.dumps({name: described(name) for name in sys.argv[1:]}))
"""


@dataclass(frozen=True)
class InstalledModule:
    """The facts of a module that are known without running it."""

    name: str
    file: str = ""
    needs: dict[str, str] = field(default_factory=dict)  # its ORTHANC_REQUIRES
    missing: str = ""  # the name of what is not installed: the module, or a package that it is in
    submodule: str = ""  # its module `plugin`, if it is a package that runs no code itself
    fault: str = ""  # why its requirements cannot be read


def find_modules(interpreter: Path, names: list[str]) -> list[InstalledModule]:
    """Find modules in the environment of an interpreter.

    Raises:
        CannotAsk: it cannot be run, or fails.
    """
    source = Path(__file__).with_name("module_specs.py").read_text(encoding="utf-8")
    answer = last_json(interpreter, source + QUESTION, *names, asked_for="which modules it has")
    return [InstalledModule(name, **facts) for name, facts in answer.items()]
