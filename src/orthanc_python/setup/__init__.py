# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the plugin, an environment and a script into the Orthanc that a machine runs, and takes them away again."""
