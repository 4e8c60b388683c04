# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads finished libraries of every format, and checks them."""
