# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts that `run` has Orthanc run besides the user's: a recorder of the imported modules, and at times a launcher."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from orthanc_python.server.orthanc_server import OrthancServer

# In place of scripts of which one has a path that is not text: JSON cannot have it. Each script is imported as if it were
# alone, its folder first on sys.path, and by the plugin's rule for names: `types.py` is the module `types_script`. The plugin
# knows the launcher's folder only, so the launcher itself drops the modules of an earlier start. It leaves the configured
# modules: the plugin has dropped them, each with the outermost package that has code, and imported them again.
LAUNCHER = """\
import contextlib, importlib.util, os, sys

folders = [os.path.join(os.path.dirname(path), "") for path in {scripts!r}]
library = os.path.join(os.path.dirname(os.__file__), "")
configured = []
for parts in (module.split(".") for module in {modules!r}):
    parents = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    configured += [each for each in parents if getattr(sys.modules.get(each), "__file__", None)][:1]
for name, module in list(sys.modules.items()):
    if any((name + ".").startswith(each + ".") for each in configured):
        continue
    file = str(getattr(module, "__file__", None))
    own = any(map(file.startswith, folders)) and file.endswith(".py")
    if own and "-packages" not in file and not file.startswith(library):
        del sys.modules[name]

for path in {scripts!r}:
    name = os.path.splitext(os.path.basename(path))[0]
    if name in sys.stdlib_module_names:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    if os.path.dirname(path) in sys.path:
        sys.path.remove(os.path.dirname(path))
    sys.path.insert(0, os.path.dirname(path))
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == path:
        continue
    if known is not None or name in sys.stdlib_module_names:
        name += "_script"
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
"""

# The last script where files are watched. If it cannot write, as on a full disk, the user's start does not fail. It imports
# only what is imported already: scripts may have a json.py of their own.
RECORDER = """\
import os, sys

try:
    with open({modules!r} + ".part", "w", encoding="ascii") as file:
        file.write(ascii(sorted(str(m.__file__) for m in list(sys.modules.values()) if getattr(m, "__file__", None))))
    os.replace({modules!r} + ".part", {modules!r})
except OSError:
    pass
"""


def configured_scripts(server: OrthancServer, scripts: Sequence[Path], modules: Sequence[str], *, recorder: bool) -> list[str]:
    """Return the paths for Orthanc's configuration, and write the scripts among them that are not the user's.

    Args:
        modules: what Orthanc imports before them.
        recorder: whether modules_of has to return what the scripts import.
    """
    result = [str(script) for script in scripts]
    if not all(map(_is_text, scripts)):
        result = [_write(launcher_of(server), LAUNCHER.format(scripts=result, modules=list(modules)))]
    if recorder:
        text = RECORDER.format(modules=str(_modules_file(server)))
        result.append(_write(launcher_of(server).with_name("orthanc_python_recorder.py"), text))
    return result


def launcher_of(server: OrthancServer) -> Path:
    """Return the path of a launcher. Its folder has nothing else that scripts could import."""
    return server.folder / "scripts" / "orthanc_python_launcher.py"


def modules_of(server: OrthancServer) -> list[Path]:
    """Return the files of the modules that were imported when the recorder ran; none if it has not run."""
    try:
        return [Path(name) for name in ast.literal_eval(_modules_file(server).read_text(encoding="ascii"))]
    except FileNotFoundError:
        return []


def forget_modules(server: OrthancServer) -> None:
    """Remove what the recorder has written."""
    _modules_file(server).unlink(missing_ok=True)


def _modules_file(server: OrthancServer) -> Path:
    return server.folder / "modules.txt"


def _write(path: Path, text: str) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def _is_text(path: Path) -> bool:
    """Return whether a path is text. Of another encoding than the account's, Python keeps bytes as surrogates (PEP 383)."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
