# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of the callbacks, with their rates since the last look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, Group
from rich.table import Table
from rich.text import Text

# The columns, each with the width of a terminal from which on it is shown.
COLUMNS = (
    ("kind", 60),
    ("function", 0),
    ("calls/s", 0),
    ("mean ms", 0),
    ("calls", 50),
    ("errors", 0),
    ("in flight", 70),
    ("longest s", 80),
    ("place", 100),
)
TEXTS = ("kind", "function", "place")  # are folded; the others are numbers


def view(now: dict[str, Any], before: dict[str, Any]) -> Group:
    """Return the figures of /python/status, compared with an earlier answer of the same Orthanc."""
    return Group(_summary(now), _Callbacks(now, before), _calls(now))


def _summary(now: dict[str, Any]) -> Text:
    parts = [
        f"plugin {now['Version']}, Python {now['Python']}, up {_duration(now['UptimeSeconds'])}",
        f"memory {now['ResidentBytes'] / 1e6:.0f} MB",
        f"changes waiting {now['ChangeQueueLength']}"
        + (f" (oldest {now['ChangeQueueOldestSeconds']:.1f} s)" if now["ChangeQueueLength"] else ""),
        f"waiting for the GIL {now['GilWaitingThreads']}",
    ]
    if now["Responsive"]:
        parts.append(f"Python threads {now['PythonThreads']}, workers {now['Workers']}, blocks {now['AllocatedBlocks']}")
    else:
        parts.append("C code holds the GIL")
    return Text("; ".join(parts), style="" if now["Responsive"] else "bold red")


@dataclass(frozen=True)
class _Callbacks:
    """The table of the callbacks, with the columns that the terminal has room for."""

    now: dict[str, Any]
    before: dict[str, Any]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table]:
        shown = [index for index, (_, least) in enumerate(COLUMNS) if options.max_width >= least]
        table = Table(box=None, pad_edge=False)
        for index in shown:
            title, _ = COLUMNS[index]
            if title in TEXTS:
                table.add_column(title, overflow="fold")
            else:
                table.add_column(title, justify="right", no_wrap=True)
        for row in _rows(self.now, self.before):
            table.add_row(*(row[index] for index in shown))
        yield table


def _rows(now: dict[str, Any], before: dict[str, Any]) -> Iterator[list[Text]]:
    """Yield the figures of each callback in the order of COLUMNS, the busiest callback first."""
    seconds = now["UptimeSeconds"] - before["UptimeSeconds"]
    former = {_key(each): each for each in before["Callbacks"]} if seconds > 0 else {}
    rows = []
    for each in now["Callbacks"]:
        last = former.get(_key(each), {"Calls": 0, "Seconds": 0.0})
        calls = each["Calls"] - last["Calls"]
        mean = (each["Seconds"] - last["Seconds"]) / calls * 1000 if calls else 0.0
        rows.append((calls / seconds if former else 0.0, mean, each))
    for rate, mean, each in sorted(rows, key=lambda row: (-row[2]["InFlight"], -row[0] * row[1], -row[2]["Seconds"])):
        errors = Text(str(each["Errors"]), style="red" if each["Errors"] else "")
        rates = (Text(f"{rate:.1f}"), Text(f"{mean:.2f}"), Text(str(each["Calls"])))
        times = (Text(str(each["InFlight"])), Text(f"{each['LongestSeconds']:.3f}"))
        yield [Text(each["Kind"]), Text(each["Function"]), *rates, errors, *times, Text(each["Place"])]


def _calls(now: dict[str, Any]) -> Table:
    """Return the oldest calls that have not returned."""
    table = Table(box=None, pad_edge=False)
    table.add_column("seconds", justify="right")
    for title in ("in flight", "called for"):
        table.add_column(title, overflow="fold")
    for call in now["CallsInFlight"][:10]:
        state = " (waits for the GIL)" if call["WaitsForGil"] else ""
        table.add_row(
            f"{call['Seconds']:.1f}", Text(f"{call['Kind']} {call['Function']}{state}"), Text(call.get("Subject", ""))
        )
    return table


def _key(callback: dict[str, Any]) -> tuple[str, str, str]:
    return callback["Kind"], callback["Function"], callback["Place"]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days} d {hours:02}:{minutes:02}:{rest:02}" if days else f"{hours:02}:{minutes:02}:{rest:02}"
