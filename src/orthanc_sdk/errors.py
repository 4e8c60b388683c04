# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error a user of the reader is meant to see."""


class ReaderError(Exception):
    """The header cannot be read or bound. The text is one line that says what to do about it."""
