# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the modules and plugins that an environment has."""
