# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the user's scripts, and takes back what they did when the plugin stops."""

from __future__ import annotations

import atexit
import importlib
import os
import sys
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import spec_from_file_location  # importlib.util has both, but takes longer than this module

import _orthanc_errors
import _orthanc_log_start
import _orthanc_settings
import _orthanc_threads
import _orthanc_workers
import orthanc

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_exit_functions: list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]] = []
_folders: list[str] = []


def prepare(scripts: list[str], section: dict[str, Any] | None) -> None:
    """Gets ready to run the scripts: their folders stand first on sys.path, in their order.

    `section` is "Python" of Orthanc's configuration.

    Raises ValueError or FileNotFoundError for a path that is no script, and for two scripts of one name.
    """
    _close_folders()
    paths = [_checked(script) for script in scripts]
    _check_names(paths)
    section = section or {}
    _orthanc_settings.check_keys(section)
    _orthanc_log_start.start(_orthanc_settings.switch(section, "Logging", default=True))
    _orthanc_threads.patience = section.get("StopTimeout", _orthanc_threads.DEFAULT_PATIENCE)
    if section.get("Debug") is not None:
        import _orthanc_debugger

        _orthanc_debugger.start(section["Debug"])
    _orthanc_workers.prepare()
    atexit.register = _register  # type: ignore[assignment]
    _open_folders([os.path.dirname(path) for path in paths])
    sys.argv = [paths[0]]
    if _orthanc_settings.switch(section, "DisplayMemoryUsage", default=False):
        import _orthanc_memory

        _orthanc_memory.start()


def run(script: str) -> None:
    """Imports a script as a module named by its stem, and raises what it raises."""
    path = os.path.abspath(script)
    name = _stem(path)
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == path:
        return  # a former script has imported it
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def stop(patience: float) -> None:
    """Runs the script's exit functions while it can still call Orthanc, and waits for its threads for some seconds."""
    _orthanc_threads.begin_stop(patience)
    _stop_used("memory")
    while _exit_functions:
        function, arguments, keywords = _exit_functions.pop()
        try:
            function(*arguments, **keywords)
        except BaseException as error:
            orthanc.LogError(_orthanc_errors.describe("an exit function", function, "registered", None, error)[1])
    _stop_used("event_loop")
    _orthanc_threads.join_script_threads()


def _stop_used(name: str) -> None:
    """Stops one of the plugin's modules that are imported when they are first used."""
    module = sys.modules.get(f"_orthanc_{name}")
    if module is not None:
        module.stop()


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _is_below(path: str, folder: str) -> bool:
    return os.path.normcase(path).startswith(os.path.normcase(os.path.join(folder, "")))


def _checked(script: str) -> str:
    path = os.path.abspath(script)
    if os.path.splitext(path)[1] != ".py":
        raise ValueError(f"{script} is not a Python script: its name must end with .py")
    if not os.path.isfile(path):
        raise FileNotFoundError(f"the Python script {script} does not exist (looked for {path})")
    name = _stem(path)
    if name == "orthanc":
        raise ValueError(f"the script {path} hides the module 'orthanc' that it imports: rename it")
    known = sys.modules.get(name)
    if known is not None and not _is_script_module(known, os.path.dirname(path)):
        raise ValueError(f"the script {path} has the name of the module {name!r} that Python itself uses: rename it")
    return path


def _check_names(paths: list[str]) -> None:
    """Scripts become modules, whose names must differ."""
    first: dict[str, str] = {}
    for path in paths:
        other = first.setdefault(_stem(path), path)
        if other is not path:
            raise ValueError(f"the scripts {other} and {path} have the same name {_stem(path)!r}: rename one of them")


def _open_folders(folders: list[str]) -> None:
    _folders[:] = dict.fromkeys(folders)
    sys.path[:0] = _folders
    importlib.invalidate_caches()


def _close_folders() -> None:
    """Takes the folders of an earlier start from sys.path, and drops the modules that came from there."""
    sys.path[:] = [entry for entry in sys.path if entry not in _folders]
    for name, module in list(sys.modules.items()):
        if any(_is_script_module(module, folder) for folder in _folders):
            del sys.modules[name]
    _folders.clear()


def _is_script_module(module: ModuleType, folder: str) -> bool:
    """Whether the user wrote it: Python source in the script's folder, outside the libraries that may be installed below it."""
    file = getattr(module, "__file__", None)
    if not file or not file.endswith(".py") or not _is_below(file, folder):
        return False
    import sysconfig

    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return not any(_is_below(file, library) for library in libraries)


def _register(function: Callable[..., object], /, *arguments: Any, **keywords: Any) -> Callable[..., object]:
    """atexit.register: what the script registers runs when the plugin stops, while Orthanc can still be called.

    What libraries register keeps waiting for the end of the process, because the plugin may start again in it.
    """
    caller = sys._getframe(1).f_globals.get("__file__")
    if caller and any(_is_below(caller, folder) for folder in _folders):
        _exit_functions.append((function, arguments, keywords))
    else:
        _original_register(function, *arguments, **keywords)
    return function


_original_register = atexit.register
