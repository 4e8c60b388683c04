# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifies a release as a whole."""
