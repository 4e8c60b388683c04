# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and texts that are recorded: of the commands, and of a real Orthanc."""
