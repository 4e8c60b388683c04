# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the doctor, one subject a module."""
