# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts of a running Orthanc do, as the plugin's routes below /python tell it."""
