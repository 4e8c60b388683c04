# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the section "Python" of Orthanc's configuration."""

from __future__ import annotations

import _orthanc_own_log

TYPE_CHECKING = False  # as in typing, whose import would take longer than this module's
if TYPE_CHECKING:
    from typing import Any

shows_details = False  # ErrorDetails: whether clients see the texts of all errors


def warn_of_unknown(keys: list[str], table: dict[str, dict[str, Any]]) -> None:
    """Name keys of the section that are not in the table of settings, each with advice."""
    import _orthanc_setting_names

    for key in keys:
        advice = _orthanc_setting_names.advice(key, table)
        _orthanc_own_log.warning(f'Python: the setting "{key}" of the section "Python" is unknown and ignored: {advice}')
