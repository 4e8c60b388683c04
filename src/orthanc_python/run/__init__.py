# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts in an Orthanc of their own, with its log, until Ctrl-C."""
