# SPDX-License-Identifier: GPL-3.0-or-later
"""The script: whether Orthanc will find it, and whether its interpreter can read it and has what it imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from orthanc_python.doctor.finding import Finding, ok, problem, warning
from orthanc_python.doctor.setup import Setup, setup_command
from orthanc_python.interpreters.asking import CannotAsk, Interpreter, last_json
from orthanc_python.rights import is_file, pip_of

# Asked of the interpreter that will run the script, with the script's folder: what of these modules it cannot find.
MISSING = """
import importlib.util, json, sys
sys.path[:] = [sys.argv[1], *filter(None, sys.path)]
missing = [name for name in sys.argv[2:] if name not in sys.modules and importlib.util.find_spec(name) is None]
sys.stdout.write("\\n" + json.dumps(missing))
"""


def check_script(setup: Setup) -> Iterator[Finding]:
    if not setup.has_code:
        text = (
            "none is configured, so the Python plugin does nothing"
            if setup.python_plugins
            else "neither it nor a Python plugin is configured"
        )
        yield problem("script", text, setup_command(setup, "--script", "FILE"))
    for script in setup.scripts:
        yield from _check_script(setup, Path(script))


def _check_script(setup: Setup, script: Path) -> Iterator[Finding]:
    path = script
    if not script.is_absolute():
        path = (setup.working_folder or Path.cwd()) / script
        # Where it may be meant to be: the reader knows, Orthanc looks into its working folder only.
        meant = next((each for each in (setup.configuration.folder / script, script) if is_file(each)), path).resolve()
        if setup.working_folder is None:
            text = f"{script} is relative to the folder that Orthanc is started in, which differs for a service"
            yield warning("script", text, f'write "{meant}"')
            path = path if path.is_file() else meant
        elif path.is_file():
            yield warning(
                "script", f"{script} is relative to {setup.working_folder}, where the service starts", f'write "{meant}"'
            )
        else:
            text = f"{script} is relative to {setup.working_folder}, where the service starts: {path} does not exist"
            yield problem(
                "script", f"{text}, and Orthanc stops", f'write "{meant}"' if is_file(meant) else "write its full path"
            )
            return
    if not path.is_file():
        wrong = "is a folder" if path.is_dir() else "does not exist"
        yield problem("script", f"{path} {wrong}, and Orthanc stops", "correct the path")
        return
    if path.suffix != ".py":
        yield problem("script", f"{path} does not end with .py, and Orthanc stops", f"mv {path} {path.with_suffix('.py')}")
    if path.stem == "orthanc":
        fix = f"mv {path} {path.with_name('my_plugin.py')}, and change the setting"
        yield problem("script", f"{path} would hide the module orthanc that it imports, and Orthanc stops", fix)
    elif (path.parent / "orthanc.py").is_file():
        text = (
            f"{path.parent / 'orthanc.py'} lies beside the script: other tools than the plugin import it instead of the module"
        )
        yield warning("script", text, "rename it")
    yield from _check_content(path, setup.interpreter)


def _check_content(path: Path, interpreter: Interpreter | None) -> Iterator[Finding]:
    try:
        tree = ast.parse(path.read_bytes(), path)
    except OSError as error:
        yield problem("script", f"{path}: {error.strerror}", f"chmod a+r {path}")
        return
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        yield problem(
            f"{path}:{line}", f"{type(error).__name__}: {getattr(error, 'msg', error)}, and Orthanc stops", "correct the line"
        )
        return
    names = _imports(tree)
    if interpreter is not None and names:
        python = interpreter.executable
        try:
            missing = last_json(python, MISSING, str(path.resolve().parent), *names, asked_for="which modules it has")
        except CannotAsk as error:
            fix = f"correct what it says, and run this again: the imports of {path} are not checked"
            yield warning("script", f"{python}: {error}", fix)
            return
        for name in missing:
            text = f"the module {name} that it imports is not there for {python}, and Orthanc stops"
            yield problem(str(path), text, f"{pip_of(python)} install {name}, if the package is called so")
        if missing:
            return
    yield ok("script", str(path))


def _imports(tree: ast.Module) -> list[str]:
    """The modules that the script cannot do without: imported at its top, and not in a `try`."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.partition(".")[0])
    return sorted(names - {"orthanc", "__future__"})
