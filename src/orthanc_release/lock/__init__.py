# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages that a release is built with."""
