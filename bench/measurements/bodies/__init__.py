# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements of large bodies, whole and in chunks."""
