# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `orthanc` of a worker process that `spawn` or `forkserver` has started: Orthanc is not there.

The worker imports the script to find the function that it is to run. So what scripts call at their import does nothing here,
and the log is the standard error. Any other call raises an exception. `workers.py` sends this source to the worker.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from typing import Any


def install(names: dict[str, Any], scripts: dict[str, str], errors: str, parent: int) -> None:
    """Make the module importable.

    Args:
        names: the module's names, with None for a function, a dict of the members for a class, else the value of a constant.
        scripts: the files of scripts whose module has not the file's name.
        errors: the source of the plugin's module that describes errors.
        parent: the number of the process that has started the worker.
    """
    if "orthanc" in sys.modules:  # the forked child of a worker
        return
    module = ModuleType("orthanc", "Stands in for the functions and classes of the Orthanc server, in a worker process.")
    for name, value in names.items():
        if value is None:
            value = _function(name)
        elif isinstance(value, dict):
            value = _class(name, value)
        setattr(module, name, value)
    module.OrthancException = type("OrthancException", (Exception,), {"__module__": "orthanc", "http_status": None})  # type: ignore[attr-defined]
    sys.modules["orthanc"] = module
    described = ModuleType("_orthanc_errors")
    exec(errors, vars(described))
    sys.modules["_orthanc_errors"] = described
    report_errors()
    set_parent(parent)
    for name in scripts:  # the standard library's, before the script's folder is on sys.path
        try:  # noqa: SIM105
            __import__(name.removesuffix("_script"))
        except ImportError:
            pass
    sys.meta_path.append(_ScriptFinder(scripts))  # type: ignore[arg-type]


def set_parent(number: int) -> None:
    """Let parent_process() return the parent while the script is imported.

    multiprocessing sets it after it has unpickled the process object. That imports the script, if the process's function or
    a pool's initializer is one of the script's.
    """
    import multiprocessing.process as process

    if process.parent_process() is None:
        frame: Any = sys._getframe()
        while frame is not None and "parent_sentinel" not in frame.f_locals:  # a local variable of multiprocessing.spawn._main
            frame = frame.f_back
        sentinel = frame and frame.f_locals["parent_sentinel"]
        process._parent_process = process._ParentProcess("MainProcess", number, sentinel)  # type: ignore[attr-defined]


def log(message: str, *_: object, **__: object) -> None:
    """Write a line that does not look like one of Orthanc's, because its log may be the standard error too."""
    import _orthanc_errors

    text = _orthanc_errors.indented(message.removeprefix("Python: "))
    # Not sys.stderr: a script may have sent that to the log.
    print(f"Python worker {os.getpid()}: {text}", file=sys.__stderr__ or sys.stderr, flush=True)


def report_errors() -> None:
    """Have workers log their errors, instead of multiprocessing's print. Their exit status is the same."""
    import multiprocessing.process as process

    original = process.BaseProcess._bootstrap  # type: ignore[attr-defined]

    def _bootstrap(self: Any, *arguments: Any, **keywords: Any) -> Any:
        run = self.run

        def reported() -> None:
            try:
                run()
            except SystemExit:
                raise
            except BaseException as error:
                import _orthanc_errors

                log(_orthanc_errors.describe(f"the process {self.name!r}", None, "", None, error))
                raise SystemExit(1) from None

        self.run = reported
        return original(self, *arguments, **keywords)

    process.BaseProcess._bootstrap = _bootstrap  # type: ignore[attr-defined]


def _function(name: str) -> Callable[..., Any]:
    def function(*arguments: Any, **keywords: Any) -> Any:
        if name.startswith("Register"):
            return None
        if name.startswith("Log"):
            return log(*arguments, **keywords)
        if name == "HasFunction":
            return False
        raise RuntimeError(
            f"{name} cannot be called in a worker process: only Orthanc's own process can call Orthanc. "
            "Call it there, or use Orthanc's REST API with GenerateRestApiAuthorizationToken()"
        )

    function.__name__ = function.__qualname__ = name
    function.__module__ = "orthanc"
    return function


def _class(name: str, members: dict[str, int]) -> type:
    """Return an enumeration, whose members are integers, or a class of Orthanc's objects, of which there are none here."""
    if not members:
        return type(name, (), {"__module__": "orthanc"})
    import enum

    full = enum.IntEnum(name, members, module="orthanc")  # type: ignore[misc]
    return type(name, (), {**members, "__module__": "orthanc", "__new__": lambda cls, value: full(value)})


class _ScriptFinder:
    def __init__(self, scripts: dict[str, str]) -> None:
        self._scripts = scripts

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self._scripts:
            return None
        from importlib.util import spec_from_file_location

        return spec_from_file_location(name, self._scripts[name])
