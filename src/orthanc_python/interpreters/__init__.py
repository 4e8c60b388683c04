# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the Python interpreters of this machine, and asks them what they are."""
