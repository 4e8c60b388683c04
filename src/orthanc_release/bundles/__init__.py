# SPDX-License-Identifier: GPL-3.0-or-later
"""Collects a bundle: loader, plugins, and the texts in files/."""
