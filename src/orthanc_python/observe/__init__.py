# SPDX-License-Identifier: GPL-3.0-or-later
"""Observes the scripts of a running Orthanc by the plugin's routes below /python."""
