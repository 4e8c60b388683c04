# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints a matrix of the workflows: see src/orthanc_release/matrix.py."""

from module import run

run("matrix")
