# SPDX-License-Identifier: GPL-3.0-or-later
"""Large numbers: of instances that Orthanc has, and of routes of a script."""
