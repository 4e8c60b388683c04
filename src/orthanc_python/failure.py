# SPDX-License-Identifier: GPL-3.0-or-later
"""What went wrong, told to a user: never with a traceback of ours."""

from __future__ import annotations


class Failure(Exception):
    """A command cannot do its work. The text is one line that names the cause and, where there is one, the fix."""
