# SPDX-License-Identifier: GPL-3.0-or-later
"""Instructions of the tests' host program with a plugin, by Valgrind: they are exact where times are noise."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

MARK = "sleep 1"  # the host's sleep_for() calls nanosleep(); no thread of a plugin does so meanwhile
TOTAL = re.compile(r"^(?:summary|totals): (\d+)$", re.MULTILINE)


def instructions(
    host: Path, library: Path, script: Path, commands: Sequence[str], configuration: Mapping[str, Any] = MappingProxyType({})
) -> list[int] | None:
    """Count the instructions of each command of the host program, of all threads together.

    Returns:
        One number for each command; None if the plugin does not run in the host program.
    """
    with tempfile.TemporaryDirectory() as folder:
        settings, file, out = (Path(folder) / name for name in ("orthanc.json", "commands.txt", "callgrind"))
        content = {**configuration, "PythonScript": str(script), "Plugins": [str(library)]}
        settings.write_text(json.dumps(content), encoding="utf-8")
        lines = [MARK, *(line for command in commands for line in (command, MARK))]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        counting = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--dump-before=nanosleep*"]
        done = subprocess.run(
            [*counting, host, library, settings, file],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
        if done.returncode != 0 or ("start" in commands and "started" not in done.stdout.splitlines()):
            return None
        parts = sorted(Path(folder).glob("callgrind.*"), key=lambda path: int(path.suffix[1:]))
        found = [_total(part) for part in parts]
    return found[1 : len(commands) + 1]


def _total(part: Path) -> int:
    return sum(int(number) for number in TOTAL.findall(part.read_text(encoding="utf-8"))[:1])
