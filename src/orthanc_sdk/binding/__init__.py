# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides how each function of the SDK is bound: by a rule, by an exception or by hand."""
