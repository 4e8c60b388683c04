# SPDX-License-Identifier: GPL-3.0-or-later
"""Inspects the files of a release, archives included."""
