# SPDX-License-Identifier: GPL-3.0-or-later
"""A set-up of Orthanc and a script, for tests to break."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from orthanc_python.cli import app


@dataclass
class Broken:
    """A set-up that works, in a folder of its own, for a test to break."""

    plugin: Path  # the loader that the wheel has installed
    folder: Path
    linked: Path
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.script = self.write("my_plugin.py", "import orthanc\n")
        self.settings = {"Plugins": [str(self.plugin)], "PythonScript": str(self.script)}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def findings(self, *options: str, text: str | None = None) -> tuple[int, list[dict[str, str]]]:
        path = self.write("orthanc.json", text if text is not None else json.dumps(self.settings))
        done = CliRunner().invoke(app, ["doctor", str(path), "--json", *options], catch_exceptions=False)
        return done.exit_code, json.loads(done.stdout)

    def expect(self, text: str, fix: str, *options: str, level: str = "problem") -> None:
        """The only thing that is wrong is this, and this is what repairs it."""
        status, findings = self.findings(*options)
        wrong = [each for each in findings if each["level"] != "ok"]
        assert [each["level"] for each in wrong] == [level], findings
        assert text in f"{wrong[0]['subject']}: {wrong[0]['text']}" and fix in wrong[0]["fix"], wrong
        assert status == (1 if level == "problem" else 0)
