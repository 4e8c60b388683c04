# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads an SDK header with libclang into a model."""
