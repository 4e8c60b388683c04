# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds, inspects, describes and publishes releases. The scripts of ci/ call it; targets.toml has the build matrix."""
