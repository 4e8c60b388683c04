# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out a plan. When a step fails, all is as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from orthanc_python.doctor import LAST_START, configuration_steps
from orthanc_python.doctor.finding import Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.install import deployment
from orthanc_python.install.place import Place as PluginFolder
from orthanc_python.install.place import make_folder
from orthanc_python.interpreters.asking import interpreter_of
from orthanc_python.libraries.file_names import plugin_for
from orthanc_python.libraries.installation import find_plugin, python_version
from orthanc_python.libraries.library import Kind, read_library
from orthanc_python.releases.sources import sha256
from orthanc_python.rights import pip_of
from orthanc_python.service import Service, start_command
from orthanc_python.setup.backup import Backup, PluginChange, Unchanged, kept_from_others
from orthanc_python.setup.change import Change, read
from orthanc_python.setup.control import Asked, can_restart, restart, will_restart
from orthanc_python.setup.plan import Plan
from orthanc_python.signals import ignore_signals

Say = Callable[[str], None]
Busy = Callable[[str], AbstractContextManager[object]]  # shows a text while the block runs


def carry_out(plan: Plan, user: str, say: Say, busy: Busy) -> None:
    """Change the files, and start the service with them, if there is one.

    Raises:
        Failure: Orthanc would not start with the changes, or does not. They are undone.
    """
    with kept_from_others(plan.setup.path):
        _refuse_edited(plan.changes)
        _carry_out(plan, user, say, busy)


def _carry_out(plan: Plan, user: str, say: Say, busy: Busy) -> None:
    asked = Asked(plan.setup)
    service = plan.setup.service
    if can_restart(service):
        asked.refuse_another_server()
    restarts = will_restart(service)  # before the changes: a service that is stopped on purpose stays so
    if plan.environment is not None and plan.environment.made_by is not None:
        with busy("Making the environment"):
            plan.environment.make()
        say(f"made the environment {plan.environment.setting['VirtualEnv']}")
        _refuse_edited(plan.changes)
    PluginFolder(plan.place.folder).repair()  # before it is looked at for what is installed
    backup = Backup.create(plan.setup.path, plan.changes)
    with _undone_on_failure(plan, backup, say, busy) as restarted:
        if plan.installs:
            _install(plan, backup, say)
        for change in plan.changes:
            _apply(change, backup)
            say(f"wrote {change.path}")
        with busy("Checking the result"):
            _refuse_problems(plan, user)
        for text in plan.left:
            say(f"left as it was: {text}")
        if service is not None and restarts:
            restarted.append(True)
            with busy(f"Restarting the service {service.name}"):
                restart(service)
            say(f"restarted the service {service.name}")
            if asked.can_answer:
                with busy("Waiting for Orthanc's answer"):
                    version = asked.wait_for_plugin()
                told = (
                    f"with the plugin python {version}"
                    if version
                    else "but its plugins were not checked: it asks for a password"
                )
                say(f"Orthanc answers, {told}")
            else:
                say(f"{asked.why_silent}, so that Orthanc cannot be asked for its plugins: look at its log")
        elif service is not None and can_restart(service):
            say(_how_to_start(service))


def _refuse_edited(changes: list[Change]) -> None:
    for change in changes:
        if read(change.path) != change.before:
            raise Failure(f"{change.path} was changed meanwhile: run this command again")


def _apply(change: Change, backup: Backup) -> None:
    """Write a file. One that another program has edited meanwhile stays as it is, also when the rest is undone."""
    try:
        _refuse_edited([change])
    except Failure:
        backup.forget(change.path)
        raise
    change.apply()


def undo(setup: Setup, backup: Backup, say: Say, busy: Busy) -> bool:
    """Bring back what was before a setup. Return whether a file has changed: without one, no restart is needed."""
    with kept_from_others(setup.path):
        return _undo(setup, backup, say, busy)


def _undo(setup: Setup, backup: Backup, say: Say, busy: Busy) -> bool:
    if not backup.exists():
        raise Failure("another orthanc-python has undone this setup meanwhile")
    service, restarts = setup.service, will_restart(setup.service)
    done = backup.undo()
    for line in done:
        say(line)
    if all(isinstance(line, Unchanged) for line in done):
        return False
    if service is not None and restarts:
        _restart_again(setup, service, "as it was", say, busy)
    elif service is not None and can_restart(service):
        say(_how_to_start(service))
    return True


def _how_to_start(service: Service) -> str:
    return f"the service {service.name} was stopped, and is not started: start it by {start_command(service)}"


def _restart_again(setup: Setup, service: Service, how: str, say: Say, busy: Busy) -> None:
    """Start the service without the changes. Raise Failure if its Orthanc does not answer."""
    asked = Asked(setup)
    with busy(f"Restarting the service {service.name}"):
        restart(service)
    say(f"restarted the service {service.name} {how}")
    if asked.can_answer:
        with busy("Waiting for Orthanc's answer"):
            asked.wait()
        say("Orthanc answers")


def _install(plan: Plan, backup: Backup, say: Say) -> None:
    make_folder(plan.place.folder)
    change = _plugin_change(plan)
    backup.add_plugin(change, complete=False)  # this process may be killed at any moment
    done = deployment.install(plan.place.folder)
    backup.add_plugin(change)
    for path in done.files:
        say(f"wrote {path}")


def _plugin_change(plan: Plan) -> PluginChange:
    """Return what an installation will change: it copies this environment's files."""
    source, version = find_plugin(), python_version()
    plugins = {}
    if read_library(source).kind is Kind.LOADER:
        plugins[str(plugin_for(plan.library, version))] = sha256(plugin_for(source, version))
    former = {
        path.relative_to(plan.place.folder).as_posix(): sha256(path) for path in deployment.libraries_of(plan.place.folder)
    }
    return PluginChange(plan.library, plan.library.is_file(), sha256(source), plugins, former)


def _refuse_problems(plan: Plan, user: str) -> None:
    """Look at the result as `orthanc-python doctor` does. Leave a problem that Orthanc starts with: no setup makes one.

    Raises:
        Failure: Orthanc would not start, or would not run the script.
    """
    for name, check in configuration_steps(plan.setup.path, user):
        if name == LAST_START:  # the setup may be what mends it
            continue
        for finding in check():
            text = f"{finding.subject}: {finding.text}: {finding.fix}"
            if finding.level is Level.PROBLEM and not finding.starts:
                raise Failure(text)
            if finding.level is Level.PROBLEM:
                plan.left.append(text)


@contextmanager
def _undone_on_failure(plan: Plan, backup: Backup, say: Say, busy: Busy) -> Iterator[list[bool]]:
    restarted: list[bool] = []  # not empty when Orthanc was started with the changes
    try:
        yield restarted
    except BaseException:
        ignore_signals()
        how = "with the files as they are"
        with _said(say):
            for line in backup.undo():
                say(line)
            how = "as it was"
        if restarted and plan.setup.service is not None:
            with _said(say):
                _restart_again(plan.setup, plan.setup.service, how, say, busy)
        if plan.environment is not None and plan.environment.made_by is not None:
            folder = plan.environment.setting["VirtualEnv"]
            pip = pip_of(interpreter_of(Path(folder)))
            say(f"left the environment {folder}, for the packages of the script: {pip} install ...")
        raise


@contextmanager
def _said(say: Say) -> Iterator[None]:
    """Say an error of the block, and go on: the one before it is the one to report."""
    try:
        yield
    except (Failure, OSError) as error:
        say(str(error))
