# SPDX-License-Identifier: GPL-3.0-or-later
"""Circumstances of a run: its commit, the plugins that are there, and where the servers keep their files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from argparse import Namespace
from collections import namedtuple
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import established, history, subjects
from bench.established import EstablishedMissing, established_plugin
from bench.model import ESTABLISHED, OURS, PLAIN, Effort, Measurement, Results, Series
from bench.run import run
from bench.subjects import Subject, all_subjects

Usage = namedtuple("Usage", "total used free")  # as shutil.disk_usage's
Flags = namedtuple("Flags", "f_flag")


class Example(Measurement):
    name = "example"
    title = "Example"
    series = (Series("one", "one", "ns"),)
    subjects = (OURS, ESTABLISHED)

    def measure(self, subject: Subject, effort: Effort, results: Results) -> None:
        results.add("one", subject.name, 1)
        results.note("said")


def programs(folder: Path, **scripts: str) -> None:
    for name, script in scripts.items():
        program = folder / name.replace("_", "-")
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)


def test_commit_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert history.commit() == "unknown"


def test_commit_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "ROOT", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert history.commit() == "unknown"


def test_record_is_of_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commits = iter(["first", "second"])

    def measured(measurements: Sequence[Measurement], _: object, effort: Effort) -> dict[Measurement, Results]:
        history.commit()
        return {Example(): Results(samples={"one": {OURS: [1.0]}}, notes=["said"])}

    monkeypatch.setattr(history, "commit", lambda: next(commits))
    monkeypatch.setattr(history, "versions", lambda subjects: {})
    monkeypatch.setattr(bench, "all_subjects", lambda *_: {})
    monkeypatch.setattr(bench, "run", measured)
    monkeypatch.setattr(bench, "draw", lambda *_: [])
    monkeypatch.setattr(bench, "keep_files_in_memory", lambda: "a disk")
    file = tmp_path / "history.jsonl"
    options = Namespace(quick=True, rounds=None, history=file, names=[], build=tmp_path, free_threaded=None, charts=tmp_path)
    assert bench.measure(options)
    (record,) = history.read(file)
    assert record["commit"] == "first"
    assert record["notes"] == ["a disk", "example: said"]
    assert "\na disk\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("scripts", "reason"),
    [
        ({}, "there is no program apt-cache"),
        ({"apt_cache": "exit 0"}, "apt knows no package orthanc-python"),
        ({"apt_cache": "echo '  Candidate: (none)'"}, "apt knows no package orthanc-python"),
        ({"apt_cache": "echo '  Candidate: 4.0'", "apt_get": "exit 100"}, "apt-get download -q orthanc-python has failed"),
    ],
    ids=["no apt", "unknown package", "no candidate", "offline"],
)
def test_established_plugin_that_is_missing(
    scripts: Mapping[str, str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(tmp_path, **scripts)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EstablishedMissing, match=reason):
        established_plugin(tmp_path / "cache")


def test_missing_subject_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> established.Established:
        raise EstablishedMissing("there is no program apt-cache")

    monkeypatch.setattr(subjects, "established_plugin", missing)
    monkeypatch.setattr(subjects, "plain_plugin", lambda folder: Subject(PLAIN))
    found = run([Example()], all_subjects(tmp_path, tmp_path, None), Effort(rounds=1, seconds=1, scale=1))
    (results,) = found.values()
    assert not results.failed
    assert results.samples == {"one": {OURS: [1]}}
    assert results.notes[0] == "The established plugin is not measured: there is no program apt-cache."


def test_version_of_the_free_threaded_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "established_plugin", lambda: established.Established(tmp_path, "4.0", ""))
    monkeypatch.setattr(subjects, "plain_plugin", lambda folder: Subject(PLAIN))
    found = all_subjects(tmp_path, tmp_path, (tmp_path, Path(sys.executable)))
    assert found["free-threaded"].version == "CPython " + sys.version.partition(" ")[0]


@pytest.mark.parametrize(
    ("free", "flags", "expected"),
    [(8_000, 0, ""), (64, 0, "has only 64 MB free"), (8_000, os.ST_NOEXEC, "allows no programs (noexec)")],
)
def test_memory_for_files(free: int, flags: int, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(0, 0, free * 1_000_000))
    monkeypatch.setattr(os, "statvfs", lambda folder: Flags(flags))
    note = bench.why_not(tmp_path)
    assert note.endswith(expected) if expected else not note
    assert "is not a folder" in bench.why_not(tmp_path / "missing")


def run_script(name: str, calls: str) -> str:
    """Run a script of the bench with a made-up module orthanc, then some statements; return what they print."""
    program = f"""
import sys, types, json
orthanc = sys.modules["orthanc"] = types.SimpleNamespace(
    GetConfiguration=lambda: json.dumps({{"Bench": {{"Listener": "change"}}}}),
    RegisterOnChangeCallback=lambda callback: None,
    RegisterRestCallback=lambda path, callback: None,
    ReceivedInstanceAction=types.SimpleNamespace(KEEP_AS_IS=0),
)
exec(open({str(subjects.SCRIPTS / name)!r}).read())
{calls}
"""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_upload_counter_loses_nothing_to_a_call() -> None:
    """Another thread counts while pydicom reads."""
    calls = """
def dcmread(file):
    global heard
    heard += 1
    return types.SimpleNamespace(Modality="CT")
import io
pydicom = types.SimpleNamespace(dcmread=dcmread)
on_received_dicom(b"", None)
class Tags:
    @staticmethod
    def GetInstanceSimplifiedJson():
        global heard
        heard += 1
        return '{"Modality": "CT"}'
on_stored(Tags, "")
print(heard)
"""
    assert run_script("uploads.py", calls) == "4"
