# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts, asks and stops an Orthanc."""
