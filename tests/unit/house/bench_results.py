# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a run of the benchmark that nobody has measured."""

from __future__ import annotations

from collections import Counter

from bench.measurements.rest_callback import CONDITIONS, RestCallback
from bench.model import ESTABLISHED, OURS, PLAIN, Measurement, Results


def made_up_results() -> dict[Measurement, Results]:
    """Return rates and latencies of each plugin."""
    results = Results()
    for condition in CONDITIONS:
        for rate, subject in enumerate((ESTABLISHED, OURS, PLAIN), start=1):
            results.add(f"{condition.title}: rate", subject, rate * 10_000.123456)
            results.add_histogram(condition.title, subject, Counter({40: 1000, 90 // rate: 100, 900: 1}))
    return {RestCallback(): results}
