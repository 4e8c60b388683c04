# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches the files of a release, unpacks them and checks them."""
