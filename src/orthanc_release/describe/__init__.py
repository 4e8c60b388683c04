# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes a release: manifest, bill of materials, provenance and checksums."""
