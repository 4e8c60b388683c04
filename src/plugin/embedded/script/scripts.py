# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the user's scripts, and takes back what they did when the plugin stops."""

from __future__ import annotations

import _signal
import os
import sys
from _frozen_importlib import module_from_spec
from _frozen_importlib_external import spec_from_file_location  # importlib.util has both, but takes longer than this module

import _orthanc_dumps
import _orthanc_exits
import _orthanc_importer
import _orthanc_log_start
import _orthanc_loops
import _orthanc_own_log
import _orthanc_settings
import _orthanc_threads
import _orthanc_uncaught
import _orthanc_workers

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_folders: list[str] = []
_before: list[tuple[list[str], list[Any], dict[int, Any], dict[str, Any]]] = []  # what the last start has found
_paths: dict[str, str] = {}  # of the scripts as they are configured: a script may change the working folder


def prepare(scripts: list[str], modules: list[str], section: dict[str, Any]) -> None:
    """Get ready to run the modules and then the scripts.

    `section` is "Python" of Orthanc's configuration, checked, with the defaults.

    Raises ValueError or FileNotFoundError for a path that is not a script, and for two scripts of one name.
    """
    if _before:
        import _orthanc_leftovers

        _orthanc_leftovers.take_away(*_before.pop())
        _orthanc_importer.restore()
    _close_folders()
    _forget_modules()
    _paths.clear()
    _paths.update((script, _checked(script)) for script in scripts)
    paths = list(_paths.values())
    _check_names(paths)
    _orthanc_log_start.start(section["Logging"], section["LoggingLevel"])
    _orthanc_uncaught.start(section["Logging"])
    _orthanc_threads.start(section["StopTimeout"])
    if "Debug" in section:
        import _orthanc_debugger

        _orthanc_debugger.start(section["Debug"])
    _orthanc_settings.shows_details = section["ErrorDetails"]
    _orthanc_loops.start()
    _orthanc_workers.prepare()
    _orthanc_exits.start(is_dropped_file)
    sys.argv = [paths[0] if paths else modules[0]]  # as `python script.py` has it
    _orthanc_dumps.register()
    signals = {number: _signal.getsignal(number) for number in range(1, _signal.NSIG)}
    streams = {name: getattr(sys, name) for name in ("stdin", "stdout", "stderr")}
    _before.append((sys.path.copy(), sys.meta_path.copy(), signals, streams))
    if modules:
        import _orthanc_modules

        _orthanc_modules.prepare(modules)
    else:
        _open_folders()
    if section["DisplayMemoryUsage"]:
        import _orthanc_memory

        _orthanc_memory.start()


def run(script: str) -> None:
    """Import a script as a module named by its stem, or `<stem>_script` where another module has that name.

    Raises what the script raises.
    """
    if not _folders:
        _open_folders()  # not before the modules are imported: files of the scripts' folders do not hide what those import
    path = _paths[script]
    name = _stem(path)
    known = sys.modules.get(name)
    if known is not None and getattr(known, "__file__", None) == path:
        return  # a former script has imported it
    if known is not None or name in sys.stdlib_module_names:
        name += "_script"
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise


def finish() -> None:
    """Look at what the modules and scripts have done, once all of them have run."""
    _orthanc_threads.check_locks()
    if "opentelemetry.trace" in sys.modules:
        import _orthanc_tracing

        _orthanc_tracing.start()


def stop(timeout: float) -> None:
    """Run the script's exit functions while it can still call Orthanc, and wait for its threads for some seconds."""
    _orthanc_threads.begin_stop(timeout)
    _stop_used("memory")
    _stop_used("measurement")
    loop: Any = _orthanc_importer.embedded("event_loop")  # also where no callback has used it: one may come meanwhile
    loop.wait_for_callbacks()
    _orthanc_exits.run_at_stop()
    loop.cancel_tasks()
    _orthanc_threads.join_script_threads()


def end() -> None:
    """End the event loop. Orthanc may still make callbacks after the announcement of its stop, and they need it until now."""
    _stop_used("event_loop")


def paths() -> list[str]:
    """Return the files of the scripts, in their order."""
    return list(_paths.values())


def is_script_file(file: str) -> bool:
    """Return whether a file is in one of the scripts' folders, or belongs to a configured module."""
    return any(is_below(file, folder) for folder in _folders) or _is_module_file(file)


def is_dropped_file(file: str) -> bool:
    """Return whether the module of a file is dropped at the next start, unlike libraries that are installed in the folder."""
    return is_script_file(file) and ("-packages" not in file or _is_module_file(file))


def _is_module_file(file: str) -> bool:
    modules: Any = _orthanc_importer.modules.get("modules")
    return modules is not None and modules.is_module_file(file)


def is_below(path: str, folder: str) -> bool:
    """Return whether a path begins with that of a folder."""
    return os.path.normcase(path).startswith(os.path.normcase(os.path.join(folder, "")))


def _stop_used(name: str) -> None:
    """Stop one of the plugin's modules that are imported when they are first used."""
    module: Any = _orthanc_importer.modules.get(name)
    if module is not None:
        module.stop()


def _stem(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _checked(script: str) -> str:
    path = os.path.abspath(script)
    if os.path.splitext(path)[1] != ".py":
        raise ValueError(f"{script} is not a Python script: its name must end with .py")
    if not os.path.isfile(path):
        raise FileNotFoundError(f"the Python script {script} does not exist (looked for {path})")
    if _stem(path) == "orthanc":
        raise ValueError(f"the script {path} hides the module 'orthanc' that it imports: rename it")
    return path


def _check_names(paths: list[str]) -> None:
    """Scripts become modules, whose names must differ."""
    first: dict[str, str] = {}
    for path in paths:
        other = first.setdefault(_stem(path), path)
        if other is not path:
            raise ValueError(f"the scripts {other} and {path} have the same name {_stem(path)!r}: rename one of them")


def _open_folders() -> None:
    """Put the scripts' folders first on sys.path, in the scripts' order.

    A script that has the name of a module of the standard library does not stand in its way; other files of the folder do, for
    the scripts, as on the command line.
    """
    folders = list(dict.fromkeys(os.path.dirname(path) for path in _paths.values()))
    scripts = {_stem(path) for path in _paths.values()}
    first: dict[str, str] = {}
    for folder in folders:
        for module in sorted(_modules_of(folder)):
            other = first.setdefault(module, folder)
            if other is not folder and module not in scripts:
                found, hidden = os.path.join(other, module), os.path.join(folder, module)
                _orthanc_own_log.warning(
                    f"Python: the folders of two scripts have a module {module!r}: both scripts import {found}, "
                    f"and never {hidden}; rename one of them"
                )
    _orthanc_importer.open_folders((first.keys() & sys.stdlib_module_names) - scripts, scripts)
    _folders[:] = folders
    sys.path[:0] = folders
    for folder in folders:  # importlib.invalidate_caches() imports much, since CPython 3.14
        if (finder := sys.path_importer_cache.get(folder)) is not None:
            finder.invalidate_caches()


def _modules_of(folder: str) -> set[str]:
    """Return the modules and packages that can be imported from a folder."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.name.endswith(".py") or ("." not in entry.name and _is_folder(entry))) for entry in entries]
    names = {name.removesuffix(".py") for name, is_module in found if is_module}
    return {name for name in names if name.isidentifier() and not name.startswith("__")}


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a loop of symbolic links, or a link into a folder that is closed to Orthanc's account
        return False


def _close_folders() -> None:
    """Take the folders of an earlier start from sys.path, and drop the modules that came from there."""
    sys.path[:] = [entry for entry in sys.path if entry not in _folders]
    for name, module in list(sys.modules.items()):
        if any(_is_script_module(module, folder) for folder in _folders):
            del sys.modules[name]
    _folders.clear()
    _orthanc_importer.close_folders()


def _forget_modules() -> None:
    """Drop the configured modules of an earlier start, so that they are run again."""
    modules: Any = _orthanc_importer.modules.get("modules")
    if modules is not None:
        modules.forget()


def _is_script_module(module: ModuleType, folder: str) -> bool:
    """Return whether the user wrote it: Python source in the script's folder, outside libraries that are installed there."""
    file = getattr(module, "__file__", None)
    if not file or not file.endswith(".py") or not is_below(file, folder):
        return False
    import sysconfig

    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return not any(is_below(file, library) for library in libraries)
