# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a target on a machine of its own kind: see src/orthanc_release/build/native.py."""

from module import run

run("build.native")
