# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what a build needs: C++, the stub, the report and the reference."""
