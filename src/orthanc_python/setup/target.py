# SPDX-License-Identifier: GPL-3.0-or-later
"""The Orthanc that is set up, and where it looks for plugins."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from orthanc_python.command import as_root
from orthanc_python.doctor.checks.names import package_of
from orthanc_python.doctor.setup import Setup
from orthanc_python.failure import Failure
from orthanc_python.libraries.file_names import LOADER
from orthanc_python.libraries.library import Kind, Library
from orthanc_python.service import VARIABLE, Manager, find_service

# Folders of plugins, if the configuration names none: that of Debian's package, else that of an administrator.
FOLDERS = ("usr/share/orthanc/plugins", "usr/local/share/orthanc/plugins")


@dataclass(frozen=True)
class Place:
    """Where the plugin goes."""

    folder: Path
    listed: bool  # whether "Plugins" names the folder or the library already
    replaces: int | None = None  # the item of "Plugins" that is another Python plugin, None if there is none


def read_target(configuration: Path | None, user: str) -> Setup:
    """Read the configuration of the service, or the one that is named."""
    if configuration is None:
        service = find_service()
        if service is None:
            raise Failure("this machine has no service of Orthanc: name its configuration, such as /etc/orthanc")
        configuration = service.one_configuration
    return Setup.read(configuration.absolute(), user)


def find_place(setup: Setup, folder: Path | None) -> Place:
    """Return the folder that is asked for, else that of an installed plugin, else the first one that "Plugins" names.

    Raises:
        Failure: a plugin of another project has the name, and this command cannot take it away.
    """
    replaced = _foreign(setup, folder)
    own = next((each.path for each in setup.python_plugins if each.kind in (Kind.LOADER, Kind.LINKED)), None)
    folders = [path for path in setup.listed_plugins if path.is_dir()]
    if folder is None:
        folder = own.parent if own is not None else next(iter(folders), None) or _usual_folder(setup)
    if ".." in folder.parts:  # as in "../Plugins", relative to the configuration
        folder = folder.resolve()
    library = folder / LOADER
    listed = any(path.resolve() in (library.resolve(), folder.resolve()) for path in setup.listed_plugins)
    return Place(folder, listed, replaced)


def _foreign(setup: Setup, folder: Path | None) -> int | None:
    """Return the item of "Plugins" that names the plugin of another project."""
    for library in setup.python_plugins:
        if library.kind is Kind.FOREIGN or (folder is not None and library.path.parent.resolve() != folder.resolve()):
            if package := package_of(library.path):
                raise Failure(_in_the_way(library, as_root(f"apt-get remove {package}")))
            if library.path not in setup.listed_plugins:
                raise Failure(_in_the_way(library, f"move it out of {library.path.parent}"))
            return setup.listed_plugins.index(library.path)
    return None


def _in_the_way(library: Library, fix: str) -> str:
    version = f" (version {library.version})" if library.version else ""
    text = f'{library.path} is another plugin called "{library.name}"{version}, and Orthanc loads one of a name'
    return f"{text}: {fix}, and run this command again"


def _usual_folder(setup: Setup) -> Path:
    if setup.service is not None and setup.service.manager is Manager.WINDOWS:
        return setup.service.working_folder / "Plugins"
    root = Path(os.environ.get(VARIABLE) or "/")
    return next((root / folder for folder in FOLDERS if (root / folder).is_dir()), root / FOLDERS[-1])
