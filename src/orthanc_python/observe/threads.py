# SPDX-License-Identifier: GPL-3.0-or-later
"""The stacks of all threads, as text."""

from __future__ import annotations

from typing import Any


def threads_text(answer: dict[str, Any]) -> str:
    """Return the answer of /python/threads for a reader: each thread, what it is called for, what it waits for, its stack."""
    if not answer["Responsive"]:
        return f"C code holds the GIL and does not release it. The stacks as faulthandler sees them:\n\n{answer['Text']}"
    text = "\n".join(_thread_text(thread) for thread in answer["Threads"])
    return f"{answer['Text']}\n\n{text}" if "Text" in answer else text


def _thread_text(thread: dict[str, Any]) -> str:
    lines = [f"Thread {thread['Name'] or thread['Identifier']}" + (" (daemon)" if thread["Daemon"] else "")]
    for call in thread["Callbacks"]:
        subject = f" for {call['Subject']}" if call["Subject"] else ""
        lines.append(f"  runs the {call['Kind']} callback {call['Function']}{subject}, for {call['Seconds']:.1f} s")
    if thread["WaitsFor"]:
        lines.append(f"  waits for {thread['WaitsFor']}")
    for entry in thread["Stack"]:
        lines.append(f'  File "{entry["File"]}", line {entry["Line"]}, in {entry["Function"]}')
        if entry["Code"]:
            lines.append(f"    {entry['Code']}")
    return "\n".join(lines) + "\n"
