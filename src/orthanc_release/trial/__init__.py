# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs finished libraries in the program of tests/host."""
