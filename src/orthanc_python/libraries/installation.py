# SPDX-License-Identifier: GPL-3.0-or-later
"""Where this environment has the plugin: the loader, and beside it the plugin for this interpreter."""

from __future__ import annotations

import importlib
import json
import os
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from urllib.request import url2pathname

from orthanc_python.command import shell_line
from orthanc_python.failure import Failure
from orthanc_python.libraries.file_names import LOADER

VARIABLE = "ORTHANC_PYTHON_PLUGIN"  # path of another build of the plugin, to be used instead


def python_version() -> str:
    """ "3.13", or "3.13t" if this interpreter is free-threaded: as the names of the plugins have it."""
    threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{sys.version_info.major}.{sys.version_info.minor}{threaded}"


def find_plugin() -> Path:
    """The library to name in Orthanc's configuration."""
    given = os.environ.get(VARIABLE)
    if given:
        if not Path(given).is_file():
            raise Failure(f"invalid environment variable {VARIABLE}: {given} is not a file")
        return Path(given).resolve()
    build_facts()  # in an editable installation, this builds the plugin anew where its source has changed
    # There, the package has two folders: its source, and what was built.
    for folder in sys.modules["orthanc_python"].__path__:
        loader = Path(folder) / "plugin" / LOADER
        if loader.is_file():
            return loader.resolve()
    raise Failure(
        f"the plugin is not built in {Path(__file__).parents[1]}: install the package (pip install .), "
        f"or set the environment variable {VARIABLE} to the path of a plugin"
    )


def how_to_install(pip: str) -> str:
    """Return the command that installs this package elsewhere, from where it was installed here (PEP 610).

    Never by its name alone: on PyPI, that may be another project's.
    """
    try:
        text = metadata.distribution("orthanc-python").read_text("direct_url.json")
        url = str(json.loads(text or "{}").get("url", ""))
    except (metadata.PackageNotFoundError, ValueError):
        url = ""
    source = url2pathname(url.removeprefix("file://")) if url.startswith("file://") else url
    if not source:
        return f"{pip} install SOURCE, where SOURCE is the folder or the wheel of orthanc-python"
    return f"{pip} {shell_line(['install', source])}"


def build_facts() -> dict[str, str]:
    """Return the facts of the build of this environment's plugin; empty in a checkout that is not built."""
    try:
        module = importlib.import_module("orthanc_python.build_facts")
    except ModuleNotFoundError:
        return {}
    return {name: value for name, value in vars(module).items() if name.isupper()}
