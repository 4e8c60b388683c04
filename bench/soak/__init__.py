# SPDX-License-Identifier: GPL-3.0-or-later
"""Thousands of requests and of stops, and what must be whole after them: `ci/soak`, or `nox -s soak`."""
