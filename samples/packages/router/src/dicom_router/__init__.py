# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes what Orthanc stores. The module `plugin` registers the callbacks, and needs Orthanc."""
