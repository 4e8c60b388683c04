# SPDX-License-Identifier: GPL-3.0-or-later
"""De-identifies what arrives in Orthanc. The module `plugin` registers the callback, and needs Orthanc."""
