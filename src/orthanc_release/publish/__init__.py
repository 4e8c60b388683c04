# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes a release on GitHub and PyPI."""
