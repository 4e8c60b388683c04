# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's libraries: their names, what they are made for, and those of this environment."""
