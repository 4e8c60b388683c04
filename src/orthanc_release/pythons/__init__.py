# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches CPython for other systems: headers, import libraries and interpreters."""
