# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts Orthanc again when its scripts have changed. A script with an error leaves the former one running."""

from __future__ import annotations

import sysconfig
import threading
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from watchfiles import PythonFilter, watch

from orthanc_python.failure import Failure
from orthanc_python.modules.module_specs import chain
from orthanc_python.run.follower import Follower
from orthanc_python.run.own_scripts import forget_modules, modules_of
from orthanc_python.run.runner import Runner, stopped_at_end
from orthanc_python.run.start_writes import StartWrites, changed
from orthanc_python.server.orthanc_log import first_error, is_failure_of_script
from orthanc_python.server.orthanc_server import OrthancServer
from orthanc_python.server.start_errors import OrthancDidNotStart, PortTaken

LOOK = 500  # milliseconds after which a wait for changes looks whether Orthanc still runs


def run_and_reload(runner: Runner) -> None:
    """Run the scripts until Orthanc ends by itself, or KeyboardInterrupt."""
    server = runner.server(recorder=True)
    with runner.follow(server) as follower, stopped_at_end(server):
        _Reloader(runner, server, follower).run()


class _Reloader:
    def __init__(self, runner: Runner, server: OrthancServer, follower: Follower) -> None:
        self._runner = runner
        self._server = server
        self._follower = follower
        self._sources: set[Path] = set()
        self._writes = StartWrites()
        self._failing = False  # whether the sources as they are now have not started
        self._beginning = 0  # of the last start, in Orthanc's log

    def run(self) -> None:
        # The times of the files, taken before they are read, are what counts, so that no change is lost while nobody watches.
        known = _times({source.parent for source in {*self._runner.scripts, *module_sources(self._runner.modules)}})
        began = time.time_ns()
        seconds = self._start()
        if not self._failing:
            self._runner.greet(self._server, self._follower, seconds)
        while True:
            folders = {source.parent for source in self._sources}
            known = {path: when for path, when in known.items() if path.parent in folders}
            # In a folder that nobody knew before, a file has changed if it did so after Orthanc began to read it.
            new = _times(folders - {path.parent for path in known})
            known |= {path: when if when < began else 0 for path, when in new.items()}
            for _ in _ticks(folders):
                if self._server.started and not self._server.running:
                    self._end()
                now = _times(folders)
                found = changed(known, now)
                known = now
                # A file that none of the scripts has imported yet may be the one that they miss.
                wanted = found if self._failing else found & self._sources
                if wanted := self._without_own(wanted):
                    began = time.time_ns()
                    self._reload(wanted)
                    if {source.parent for source in self._sources} != folders:
                        break

    def _end(self) -> None:
        """Go on after an end of Orthanc that a reset brought about, since it runs the scripts as they are then.

        Raises:
            Failure: it has another cause.
        """
        status = self._server.wait()
        if not is_failure_of_script(self._server.log()[self._beginning :]):
            raise Failure(f"Orthanc ended by itself with exit status {status}")
        self._failing = True
        self._follower.show()
        self._say("Orthanc has ended. It is tried again when a file has changed.", "bold red")

    def _without_own(self, found: set[Path]) -> set[Path]:
        """Leave out the files that each start writes, and say so once: they would be a reason to start without end."""
        own = self._writes.of(found)
        for path in sorted(self._writes.not_named(own)):
            text = f"{path} is written by each start of {self._runner.names}. Such a change is not a reason to start again."
            self._say(text, "yellow")
        return found - own

    def _look(self) -> dict[Path, int]:
        return _times({source.parent for source in {*self._sources, *self._runner.scripts}})

    def _start(self) -> float:
        """Start Orthanc and return the seconds that it took, 0 if the scripts have failed."""
        forget_modules(self._server)
        seconds = 0.0
        self._beginning = len(self._server.log())
        try:
            with self._writes.start(self._look):
                seconds = self._runner.start(self._server)
            self._failing = False
        except PortTaken:
            raise
        except OrthancDidNotStart as error:
            if error.exit_status is None:
                raise
            self._failing = True
            self._follower.show()
            self._say("Orthanc did not start. It is tried again when a file has changed.", "bold red")
        former = self._sources if self._failing else set()  # the error may be in one of them
        self._sources = own_sources(self._runner.scripts, self._server) | module_sources(self._runner.modules) | former
        if not self._sources:
            raise Failure(f"no file of {self._runner.names} is found, so there is nothing to wait for")
        return seconds

    def _reload(self, changed: set[Path]) -> None:
        began = time.monotonic()
        names = ", ".join(sorted(path.name for path in changed))
        if not self._can_start(changed):
            self._failing = True
            former = ", and the former script goes on" if self._server.running else ""
            self._say(f"{names} has changed and has an error{former}.", "bold red")
            return
        self._say(f"{names} has changed.", "green")
        with self._follower.quiet():
            if self._server.started:
                self._server.stop()
            self._start()
        if not self._failing:
            self._say(f"Reloaded {names} in {time.monotonic() - began:.1f} s: {self._server.url}", "bold green")

    def _can_start(self, changed: Iterable[Path]) -> bool:
        """Try the scripts in another Orthanc, with a storage and ports of its own."""
        for path in changed:
            try:
                compile(path.read_bytes(), path, "exec", dont_inherit=True)
            except FileNotFoundError:
                continue  # removed, or about to be written
            except (SyntaxError, ValueError) as error:
                # With its line and the place in it. Other errors (a byte of zero) do not say where.
                where = "" if isinstance(error, SyntaxError) else f'  File "{path}"\n'
                self._say(where + "".join(traceback.format_exception_only(error)).rstrip(), "red")
                return False
        trial = self._runner.server(recorder=True, trial=True)
        try:
            with self._writes.start(self._look):
                self._runner.start(trial)
            return True
        except OrthancDidNotStart as error:
            style = self._runner.style(trial)
            for text in filter(None, map(style, first_error(error.log))):
                self._runner.console.print(text, soft_wrap=True)
            return False
        finally:
            threading.Thread(target=trial.close).start()  # Orthanc takes two seconds to stop

    def _say(self, text: str, style: str) -> None:
        self._runner.console.print(text, style=style, markup=False, soft_wrap=True)


def own_sources(scripts: Iterable[Path], server: OrthancServer) -> set[Path]:
    """The scripts and the modules that they have imported, apart from installed packages."""
    paths = {name: Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    foreign = {*paths.values(), server.folder.resolve()}
    modules = {path.resolve() for path in modules_of(server) if path.suffix == ".py" and path.is_file()}
    return {path for path in modules if not any(path.is_relative_to(folder) for folder in foreign)} | set(scripts)


def module_sources(names: Iterable[str]) -> set[Path]:
    """Return the files of installed packages, each with all that it has below the outermost package that has code."""
    found: set[Path] = set()
    for name in names:
        with suppress(ModuleNotFoundError):
            spec = next((spec for spec in chain(name) if spec.origin is not None), None)
            if spec is not None and spec.submodule_search_locations is None:
                found.add(Path(str(spec.origin)))
            elif spec is not None:
                found |= {path for folder in spec.submodule_search_locations or () for path in Path(folder).rglob("*.py")}
    return {path.resolve() for path in found if path.suffix == ".py"}


def _times(folders: Iterable[Path]) -> dict[Path, int]:
    """When each Python file in these folders was changed last."""
    found = {}
    for folder in folders:
        for path in folder.glob("*.py"):
            with suppress(FileNotFoundError):
                found[path] = path.stat().st_mtime_ns
    return found


def _ticks(folders: Iterable[Path]) -> Iterator[object]:
    """Again and again: at once when a Python file in these folders changes, else after a moment."""
    return watch(*folders, watch_filter=PythonFilter(), debounce=200, rust_timeout=LOOK, yield_on_timeout=True, recursive=False)
