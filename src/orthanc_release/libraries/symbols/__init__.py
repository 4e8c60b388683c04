# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the symbol files of libraries."""
