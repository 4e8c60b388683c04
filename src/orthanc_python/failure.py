# SPDX-License-Identifier: GPL-3.0-or-later
"""An error that the user can mend, shown without our traceback."""

from __future__ import annotations


class Failure(Exception):
    """A command cannot do its work. The text is one line that names the cause and, where there is one, the fix."""


class Denied(Failure):
    """A file that this account may not read, and another one may."""


class UnknownPath(Failure):
    """The configuration of a service, whose command has something in its path that this command does not know."""
