# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask an interpreter which modules of plugins its environment has."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from orthanc_python.interpreters.asking import last_json

QUESTION = """
import json
sys.path[:] = [entry for entry in sys.path if entry]

def described(name):
    try:
        specs = list(chain(name))
        needs = {key: text for spec in specs for key, text in requirements(spec).items()}
        return {"file": specs[-1].origin or "", "needs": needs}
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
    fault: str = ""  # why its requirements cannot be read


def find_modules(interpreter: Path, names: list[str]) -> list[InstalledModule]:
    """Find modules in the environment of an interpreter.

    Raises:
        CannotAsk: it cannot be run, or fails.
    """
    source = Path(__file__).with_name("module_specs.py").read_text(encoding="utf-8")
    answer = last_json(interpreter, source + QUESTION, *names, asked_for="which modules it has")
    return [InstalledModule(name, **facts) for name, facts in answer.items()]
