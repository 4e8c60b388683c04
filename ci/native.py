# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a target on a machine of its own kind: see src/orthanc_release/builds/native.py."""

from module import run

run("builds.native")
