# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests of scripts without Orthanc: a module `orthanc` whose calls are recorded and can be answered.

    with fake_orthanc() as fake:
        fake.answer("RestApiGet", b"[]")
        fake.load("my_plugin.py")
        assert fake.rest("/studies-count").body == b"0"

It has the names, signatures and enumerations of this package's plugin, made from the same model of the SDK.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from orthanc_python.failure import Failure
from orthanc_python.testing import recorder, registry, routes
from orthanc_python.testing.events import Events, Storage
from orthanc_python.testing.handle import Handle, lent
from orthanc_python.testing.objects import Body, http_headers
from orthanc_python.testing.recorder import Call, Unanswered, content

__all__ = ["Answer", "Call", "Fake", "Handle", "Storage", "Unanswered", "fake_orthanc"]


@dataclass(frozen=True)
class Answer:
    """The answer of a REST callback, by its output."""

    calls: list[Call]
    yielded: bytes | None = None  # by a callback that is a generator function

    @property
    def body(self) -> bytes:
        """Of AnswerBuffer, or what the callback has yielded."""
        answer = next((call.arguments for call in self.calls if call.name == "RestOutput.AnswerBuffer"), None)
        if self.yielded is not None and (self.yielded or answer is None):
            return self.yielded
        if answer is None:
            raise AssertionError(f"the callback has not called AnswerBuffer, but: {[call.name for call in self.calls]}")
        return content(next(iter(answer.values())))


class Fake(Events):
    """The stand-in while it is in use. With `has_failed`, its end raises nothing: the test has failed or was skipped."""

    has_failed = False

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self._former = set(sys.modules)
        self._loaded: dict[str, Path | None] = {}  # scripts with their files, and packages of modules
        self._modules: set[str] = set()  # that load_module() has imported
        self._folders: list[str] = []

    @property
    def calls(self) -> list[Call]:
        """All calls so far."""
        return recorder.current.calls

    def calls_of(self, name: str) -> list[Call]:
        """Return the calls of "RestApiGet", or of "RestOutput.AnswerBuffer".

        Raises AttributeError if the module has no such function.
        """
        self._check_name(name)
        return [call for call in self.calls if call.name == name]

    def answer(self, name: str, answer: Any) -> None:
        """Set the result of "RestApiGet", or "DicomInstance.GetInstanceJson", from now on.

        A value, an exception to be raised, or a function that is called with the arguments, after the object of a method.
        """
        self._check_name(name)
        recorder.current.answers[name] = answer

    def _check_name(self, name: str) -> None:
        owner: Any = self.module
        for part in name.split("."):
            owner = getattr(owner, part, None)
        if not callable(owner):
            raise AttributeError(f"the module orthanc has no function {name}")

    def load(self, script: str | Path) -> ModuleType:
        """Import a script as Orthanc does, anew for each test. A second load forgets the registrations of the first.

        Its folder is first on sys.path until the end of the test. Then the modules that came from there are forgotten.
        A script with the name of another module, such as `queue.py`, becomes `queue_script`.
        """
        path = Path(script).resolve()
        specification = importlib.util.spec_from_file_location(path.stem, path)
        if specification is None or not path.is_file():
            raise FileNotFoundError(f"there is no script {path}")
        name = path.stem
        known = sys.modules.get(name)
        if known is not None and name not in self._former and name not in self._loaded and _file(known) == path:
            return known  # a former script has imported it
        if name in sys.stdlib_module_names:
            with suppress(ImportError):
                importlib.import_module(name)  # for libraries, before the script's folder hides it
        if name in sys.stdlib_module_names or (known is not None and _file(known) != path):
            name += "_script"
        specification = importlib.util.spec_from_file_location(name, path)
        assert specification is not None and specification.loader is not None
        module = importlib.util.module_from_spec(specification)
        sys.modules[name] = module
        if self._loaded.get(name) == path:
            recorder.current.forget(lambda each: each == name)
        self._loaded[name] = path
        sys.path.insert(0, str(path.parent))
        self._folders.append(str(path.parent))
        importlib.invalidate_caches()
        with recorder.current.script():
            specification.loader.exec_module(module)
        return module

    def load_module(self, name: str) -> ModuleType:
        """Import an installed module as the setting "Modules" does, anew for each test.

        A second load of the same module forgets the registrations of the first.
        """
        top = name.partition(".")[0]
        if top not in self._loaded:
            self._forget(top)
        elif name in self._modules:
            self._forget(name)
        recorder.current.forget(lambda each: each.partition(".")[0] == top and each not in sys.modules)
        self._loaded.setdefault(top, None)
        self._modules.add(name)
        with recorder.current.script():
            return importlib.import_module(name)

    def rest(
        self,
        uri: str,
        method: str = "GET",
        body: bytes = b"",
        *,
        get: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Call the callback that is registered for a route, as Orthanc does."""
        path = routes.normal(uri)
        for call in self.registered(*registry.ROUTES):
            pattern, callback = call.arguments.values()
            groups = routes.groups(pattern, path)
            if groups is None:
                continue
            output = lent(self.module.RestOutput())
            request: dict[str, Any] = {"method": method, "groups": groups, "headers": http_headers(headers)}
            request |= {"get": get or {}} if method == "GET" else {}
            content = Body(body, output) if call.name == "RegisterChunkedRestCallback" else body
            request |= {"body": content} if method in ("POST", "PUT") else {}
            parts = self.answer_rest(callback, output, path, **request)
            return Answer([each for each in self.calls if each.handle is output.original], parts)
        raise AssertionError(f"no REST callback is registered for {uri}{self._hint(path)}")

    def _hint(self, path: str) -> str:
        patterns = [call.arguments["pathRegularExpression"] for call in self.registered(*registry.ROUTES)]
        if any(routes.groups(pattern, f"{path}/") is not None for pattern in patterns):
            return f": Orthanc takes away the slash at the end, and asks for {path}"
        return ""

    def failures(self) -> list[BaseException]:
        """Return what was raised, and what the test has not got: answers that are missing, and errors of tasks."""
        files = {_file(sys.modules[name]) for name in self._scripts()} - {None}
        caught = [error for error in recorder.current.asked_by_test if _file_of(_catcher(error)) in files]
        for error, frames in recorder.current.asked_by_threads:
            catcher = _catcher(error)
            file = _file_of(catcher)
            if file in files or (catcher in frames and _is_library(file)):  # else another thread has got it, or a test's own
                caught.append(error)
        return [*recorder.current.unanswered, *caught, *recorder.current.failures]

    def _scripts(self) -> list[str]:
        """Return the names of the scripts, and of what they have imported from their folders."""
        names = [name for name in sys.modules if any(name == each or name.startswith(f"{each}.") for each in self._loaded)]
        for name in sys.modules.keys() - self._former:
            file = _file(sys.modules[name])
            if file is not None and not _is_installed(file) and any(file.is_relative_to(each) for each in self._folders):
                names.append(name)
        return names

    def unload(self) -> None:
        """End the event loop, and forget the scripts and what they have imported from their folders."""
        try:
            self.close_loop()
        finally:
            for name in self._scripts():
                sys.modules.pop(name, None)
            for folder in self._folders:
                with suppress(ValueError):  # the test has taken it away
                    sys.path.remove(folder)

    @staticmethod
    def _forget(name: str) -> None:
        for each in [known for known in sys.modules if known == name or known.startswith(f"{name}.")]:
            del sys.modules[each]


def _file(module: ModuleType) -> Path | None:
    """Return the resolved file of a module, if it has one."""
    name = getattr(module, "__file__", None)
    return Path(name).resolve() if name else None


def _catcher(error: BaseException) -> FrameType | None:
    """Return the frame that has caught an error."""
    return error.__traceback__.tb_frame if error.__traceback__ is not None else None


def _file_of(frame: FrameType | None) -> Path | None:
    """Return the resolved file of the code, as _file() does: either may have been found by a symbolic link."""
    return Path(frame.f_code.co_filename).resolve() if frame is not None else None


def _is_library(file: Path | None) -> bool:
    """Return whether a file belongs to Python or to an installed package, such as the code in which threads end."""
    return file is not None and (_is_installed(file) or file.is_relative_to(Path(threading.__file__).resolve().parent))


def _is_installed(file: Path) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(file.parts)


@contextmanager
def fake_orthanc() -> Iterator[Fake]:
    """Within it, `import orthanc` gives the stand-in, with nothing recorded and nothing answered yet.

    Raises:
        Unanswered: at the end, if the script has caught this error, and the test has got no other.
        Exception: at the end, of a task that has failed.
    """
    module = _module()
    former, former_recorder = sys.modules.get("orthanc"), recorder.current
    recorder.current = recorder.Recorder(module)
    sys.modules["orthanc"] = module
    fake = Fake(module)
    try:
        try:
            yield fake
        except BaseException:
            with suppress(BaseException):  # such as SystemExit of a task: the test's own error counts
                fake.unload()
            raise
        try:
            fake.close_loop()
            failures = fake.failures()
        finally:
            fake.unload()
        if failures and not fake.has_failed:
            raise failures[0]
    finally:
        recorder.current = former_recorder
        sys.modules.pop("orthanc")
        if former is not None:
            sys.modules["orthanc"] = former


def _module() -> ModuleType:
    try:
        return importlib.import_module("orthanc_python.testing.module")
    except ModuleNotFoundError:
        raise Failure("the stand-in for the module orthanc is made when the package is built: pip install .") from None
