# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares REST callbacks: this plugin, Debian's package of the established one, and a plain C plugin.

    python bench/rest_callback.py --plugin build/bench/libOrthancPython.so

Rounds are interleaved, so that whatever else the machine does falls on all of them alike. Besides the requests per second
the table has the server's processor time per request. With one connection, client and server wait for each other, and the rate
may be that of waking up an idle core, whatever the plugin does; so that case is also measured with both of them on one core,
where nothing has to wake up.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from orthanc_python import OrthancServer

HERE = Path(__file__).resolve().parent
CONDITIONS = {"c=1": (1, False), "c=8": (8, False), "c=1, one core": (1, True)}  # connections, and whether on one core
TICKS_PER_SECOND = 100  # of /proc/PID/stat, on every Linux


@dataclass
class Plugin:
    """A plugin, and what was measured of it: for each condition, requests/s and µs of the server's processors a request."""

    name: str
    path: Path
    script: Path | None
    rates: dict[str, list[float]] = field(default_factory=dict)
    costs: dict[str, list[float]] = field(default_factory=dict)


def established_plugin(folder: Path) -> Path:
    """Debian's package of the established plugin, unpacked without being installed."""
    subprocess.run(["apt-get", "download", "-q", "orthanc-python"], cwd=folder, check=True, capture_output=True)
    (package,) = folder.glob("orthanc-python_*.deb")
    subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    return next(path for path in folder.rglob("libOrthancPython.so*") if path.is_file() and not path.is_symlink())


def plain_plugin(folder: Path) -> Path:
    """The plain C plugin, compiled."""
    library = folder / "libPlain.so"
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", HERE / "plain_plugin.c", "-o", library], check=True)
    return library


def processor_time(pid: int) -> float:
    """Seconds of user and system time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def pin(server: int, one_core: bool) -> None:
    """Lets the server's threads, this process and its children run on one core, or on all."""
    cores = {0} if one_core else set(range(os.cpu_count() or 1))
    for thread in Path(f"/proc/{server}/task").iterdir():
        os.sched_setaffinity(int(thread.name), cores)
    os.sched_setaffinity(0, cores)


def measure(plugin: Plugin, seconds: int) -> None:
    """One round of one plugin."""
    with OrthancServer(plugin.script, plugin=plugin.path) as server:
        for condition, (connections, one_core) in CONDITIONS.items():
            pin(server.pid, one_core)
            before = processor_time(server.pid)
            command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"{server.url}/bench"]
            output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            if "Non-2xx" in output:
                raise RuntimeError(f"{plugin.name} answered with errors:\n{output}")
            requests = int(re.search(r"(\d+) requests in", output)[1])  # type: ignore[index]
            rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])  # type: ignore[index]
            plugin.rates.setdefault(condition, []).append(rate)
            plugin.costs.setdefault(condition, []).append((processor_time(server.pid) - before) / requests * 1e6)


def table(plugins: list[Plugin]) -> Table:
    """Medians, and ratios to the established plugin."""
    base = plugins[1]
    result = Table("connections", "plugin", title="REST callback answering 3 bytes")
    for head in ("requests/s", "ratio", "µs of processor/request", "ratio"):
        result.add_column(head, justify="right")
    for condition in CONDITIONS:
        for plugin in plugins:
            rate, cost = median(plugin.rates[condition]), median(plugin.costs[condition])
            ratios = rate / median(base.rates[condition]), median(base.costs[condition]) / cost
            row = (f"{rate:,.0f}", f"{ratios[0]:.2f}", f"{cost:.1f}", f"{ratios[1]:.2f}")
            result.add_row(condition, plugin.name, *row, end_section=plugin is plugins[-1])
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plugin", type=Path, required=True, help="this plugin, built for Debian's CPython")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="length of each measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = HERE / "script.py"
        plugins = [
            Plugin("orthanc-python", options.plugin, script),
            Plugin("established plugin", established_plugin(folder), script),
            Plugin("plain C", plain_plugin(folder), None),
        ]
        with Progress(transient=True) as progress:
            for _ in progress.track(range(options.rounds), description="rounds"):
                for plugin in plugins:
                    measure(plugin, options.seconds)
    Console(width=120).print(table(plugins))
    return 0


if __name__ == "__main__":
    sys.exit(main())
