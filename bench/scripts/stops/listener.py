# SPDX-License-Identifier: GPL-3.0-or-later
"""The listener alone."""

import counted
import orthanc

orthanc.LogWarning(f"the script begins with {counted.__name__}")
