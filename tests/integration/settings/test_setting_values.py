# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin and the doctor judge values of every setting alike."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import Servers
from setting_values import Values, global_values, section_values

from orthanc_python import OrthancDidNotStart, OrthancServer
from orthanc_python.doctor.checks.keys import check_keys
from orthanc_python.doctor.finding import Finding, Level
from orthanc_python.doctor.setup import Setup
from orthanc_python.plugin_settings import GLOBAL, SCHEMA, SECTION

ROUNDS = range(5)  # as many good values as a setting has


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "settings_script.py"
    path.write_text("import orthanc\n", encoding="utf-8")
    return path


@pytest.fixture
def section(script: Path, script_environment: Path, own_port: int) -> dict[str, Values]:
    return section_values(script, script_environment, own_port)


def problems(settings: dict[str, Any], folder: Path) -> list[Finding]:
    """Return what the doctor finds wrong with the settings."""
    path = folder / "judged.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return [each for each in check_keys(Setup.read(path)) if each.level is Level.PROBLEM]


def log_of_refusal(server: OrthancServer) -> str:
    try:
        server.start()
    except OrthancDidNotStart as failure:
        return failure.log
    return "it has started"


def test_no_setting_is_missing(section: dict[str, Values], script: Path) -> None:
    assert section.keys() == SECTION.keys()
    assert global_values(script).keys() == {*GLOBAL, "Python"}


@pytest.mark.parametrize("round", ROUNDS)
def test_good_values(orthanc: Servers, section: dict[str, Values], script: Path, tmp_path: Path, round: int) -> None:
    def one(values: Values) -> Any:
        return values.good[round % len(values.good)]

    assert all(len(values.good) <= len(ROUNDS) for values in section.values())
    settings = {key: one(values) for key, values in global_values(script).items() if values.good}
    settings["Python"] = {key: one(values) for key, values in section.items()}
    assert problems(settings, tmp_path) == []
    orthanc(configuration=settings)


@pytest.mark.parametrize("key", [*SECTION, *GLOBAL, "Python"])
def test_bad_values(orthanc: Servers, section: dict[str, Values], script: Path, tmp_path: Path, key: str) -> None:
    setting = {**SCHEMA["properties"], **SECTION}[key]
    given = [
        {"Python": {key: value}} if key in SECTION else {key: value} for value in {**global_values(script), **section}[key].bad
    ]
    servers = [orthanc.prepare(script, configuration=each) for each in given]
    with ThreadPoolExecutor(4) as pool:
        logs = list(pool.map(log_of_refusal, servers))
    where = ' of the section "Python"' if key in SECTION else ""
    for settings, log in zip(given, logs, strict=True):
        assert f'the setting "{key}"{where} must be {setting["expected"]}, not ' in log, settings
        found = problems(settings, tmp_path)
        assert [each.text.partition(", not ")[0] for each in found] == [f"it must be {setting['expected']}"], settings
