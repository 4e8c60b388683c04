# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP load by wrk: the rate, and all latencies."""

from __future__ import annotations

import math
import os
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from orthanc_python import OrthancServer

LUA = Path(__file__).resolve().with_name("wrk.lua")


@dataclass(frozen=True)
class Load:
    """The result of a load: latencies in µs, each with its frequency. After a long wait wrk also counts the latencies of
    the requests that it could not send meanwhile, so that they are a little more than the requests."""

    requests: int
    seconds: float
    latencies: Counter[int]

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def percentile(counts: Counter[int], percent: float) -> int:
    """The smallest value that at least `percent` per cent of the values do not exceed."""
    wanted = max(1, math.ceil(round(counts.total() * percent / 100, 6)))
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= wanted:
            return value
    raise ValueError("there are no values")


def parse(output: str) -> tuple[Load, int]:
    """The load that wrk.lua has written, and how many requests failed."""
    latencies: Counter[int] = Counter()
    summary: tuple[int, int, int] | None = None
    for line in output.splitlines():
        word, *values = line.split(" ")
        if word == "summary":
            requests, microseconds, errors = map(int, values)
            summary = requests, microseconds, errors
        elif word == "latency":
            latencies[int(values[0])] += int(values[1])
    if summary is None:
        raise ValueError(f"wrk has told no summary:\n{output}")
    return Load(summary[0], summary[1] / 1e6, latencies), summary[2]


def load(url: str, connections: int, seconds: int, method: str = "GET", body: str = "") -> Load:
    """Send requests one after the other on each of the connections. Every failing request is an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(LUA), url, "--", method, *([body] if body else [])]
    environment = {**os.environ, "LC_ALL": "C"}
    output = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    result, errors = parse(output)
    if errors or not result.requests:
        raise RuntimeError(f"{url}: {errors} of {result.requests} requests failed")
    return result


def answer_of(server: OrthancServer, path: str) -> str:
    """Return the text that a GET is answered with. Raise RuntimeError on any status but 200."""
    answer = server.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path} is answered with the status {answer.status}: {answer.text}")
    return answer.text
