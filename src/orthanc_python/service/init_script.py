# SPDX-License-Identifier: GPL-3.0-or-later
"""The init script of Debian's package, where there is no unit of systemd."""

from __future__ import annotations

from pathlib import Path

from orthanc_python.service.model import Manager, Service


def find_init_script(root: Path) -> Service | None:
    configuration = root / "etc" / "orthanc"
    if not (root / "etc" / "init.d" / "orthanc").is_file() or not configuration.is_dir():
        return None
    return Service("orthanc", Manager.INIT, configuration, "orthanc", root, root / "var" / "log" / "orthanc")
