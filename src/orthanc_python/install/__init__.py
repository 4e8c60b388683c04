# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the plugin into an existing Orthanc, and removes it."""
