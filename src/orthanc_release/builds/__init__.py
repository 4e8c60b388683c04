# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds libraries: cross.py for all targets from one Linux machine, native.py on a machine of the target's kind."""
