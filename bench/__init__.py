# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the plugin against the established one and a plugin in plain C: `ci/bench`, or `nox -s bench`."""
