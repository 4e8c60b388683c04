# SPDX-License-Identifier: GPL-3.0-or-later
"""The headers of the unit tests."""

from __future__ import annotations

from tests.unit.sdk_headers import pytest_generate_tests, sdk

__all__ = ["pytest_generate_tests", "sdk"]  # for pytest
