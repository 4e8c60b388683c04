# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of `atexit`: what the script registers runs when the plugin stops, while Orthanc can still be called.

What libraries register waits for the end of the process, because the plugin may start again in it.
"""

from __future__ import annotations

import atexit
import sys

import _orthanc_own_log

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_functions: list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]] = []
_original = {name: getattr(atexit, name) for name in ("register", "unregister", "_run_exitfuncs", "_clear", "_ncallbacks")}


def start(is_script: Callable[[str], bool]) -> None:
    """Take the place of atexit's functions.

    Args:
        is_script: tells whether a file is in one of the script's folders.
    """

    def register(func: Callable[..., object], /, *args: Any, **kwargs: Any) -> Callable[..., object]:
        """Register a function to be executed when the plugin stops."""
        if not callable(func):
            raise TypeError("the first argument must be callable")
        caller = sys._getframe(1).f_globals
        is_exit_function = caller.get("__name__") == __name__  # atexit.register is one itself
        if is_exit_function or is_script(str(caller.get("__file__"))):
            _functions.append((func, args, kwargs))
        else:
            _original["register"](func, *args, **kwargs)
        return func

    atexit.register = register  # type: ignore[assignment]
    atexit.unregister = _unregister
    atexit._run_exitfuncs = _run_all
    atexit._clear = _clear
    atexit._ncallbacks = _count


def run() -> None:
    """Run what the script has registered, last in, first out. An error is logged, and the others run."""
    while _functions:
        function, arguments, keywords = _functions.pop()
        try:
            function(*arguments, **keywords)
        except BaseException as error:
            import _orthanc_errors

            _orthanc_own_log.error(_orthanc_errors.describe("an exit function", function, "registered", None, error))


def run_others() -> None:
    """Run what libraries have registered."""
    _original["_run_exitfuncs"]()


def _unregister(func: Callable[..., object], /) -> None:
    """Unregister a function that was registered with atexit.register."""
    _functions[:] = [each for each in _functions if each[0] != func]
    _original["unregister"](func)


def _run_all() -> None:
    """Run all registered exit functions."""
    run()
    run_others()


def _clear() -> None:
    """Clear the list of registered exit functions."""
    _functions.clear()
    _original["_clear"]()


def _count() -> int:
    """Return the number of registered exit functions."""
    return len(_functions) + int(_original["_ncallbacks"]())
