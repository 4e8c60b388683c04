# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc-python plugin"""

from __future__ import annotations

import click

from orthanc_python.cli.examples import examples
from orthanc_python.libraries.installation import find_plugin


@click.command(
    short_help="Print the path of the plugin of this environment.",
    epilog=examples("orthanc-python plugin"),
)
def plugin() -> None:
    """Print the path to put into "Plugins" of Orthanc's configuration."""
    click.echo(find_plugin())
