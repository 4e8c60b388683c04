# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python plugin"""

from __future__ import annotations

from orthanc_python.installation import find_plugin


def command() -> None:
    """Print the path to put into "Plugins" of Orthanc's configuration."""
    print(find_plugin())
