# SPDX-License-Identifier: GPL-3.0-or-later
"""Growth: with the connections, with the instances that Orthanc has, and with the routes of a script."""
