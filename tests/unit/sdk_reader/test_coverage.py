# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from orthanc_sdk.binding.rules import Library

PLUGIN = Path(__file__).resolve().parents[3] / "src" / "plugin"


def test_totals_and_rows(sdk: Library, sdk_files: Mapping[str, str]) -> None:
    report = json.loads(sdk_files["coverage.json"])
    functions = [row for row in report["functions"] if row["sdk"]]
    assert report["sdk"] == sdk.header.version
    assert sum(report["totals"].values()) == len(functions) == len(sdk.header.functions)
    assert report["totals"]["generated"] >= 110
    for row in functions:
        assert f"| {row['sdk']} | {row['since']} |" in sdk_files["coverage.md"]
        assert bool(row["python"]) == (row["kind"] in ("generated", "hand-written"))
    assert f"| all | {len(functions)} |" in sdk_files["coverage.md"]


def test_every_function_is_reached(sdk_files: Mapping[str, str]) -> None:
    for row in json.loads(sdk_files["coverage.json"])["functions"]:
        assert row["kind"] in ("generated", "hand-written", "automatic", "not for scripts"), row
        assert row["reason"] or row["kind"] == "generated", row
        if row["kind"] == "hand-written":
            assert (PLUGIN / row["reason"].partition(":")[0]).is_file(), row


def test_rows_of_each_kind(sdk_files: Mapping[str, str]) -> None:
    rows = {row["sdk"]: row for row in json.loads(sdk_files["coverage.json"])["functions"]}
    assert rows["OrthancPluginGetImageWidth"]["python"] == "orthanc.Image.GetImageWidth"
    assert rows["OrthancPluginRegisterRestCallback"]["reason"].startswith("callbacks/http/rest.cpp: ")
    assert rows["OrthancPluginFreeImage"]["kind"] == "automatic"
    assert rows["OrthancPluginFreeString"]["kind"] == "not for scripts"
    assert rows["OrthancPluginChunkedHttpClient"]["kind"] == "hand-written"
    additions = [row["python"] for row in json.loads(sdk_files["coverage.json"])["functions"] if not row["sdk"]]
    assert {"orthanc.CreateImageFromBuffer", "orthanc.Image.GetImageBufferView", "orthanc.HasFunction"} <= set(additions)
    assert rows["OrthancPluginStorageAreaRead"]["reason"].startswith("Orthanc lends one only to a database back end")


def test_names(files: Callable[[str], dict[str, str]]) -> None:
    names = json.loads(files("FN void OrthancPluginBoxOpen(CTX, OrthancPluginBox* box);")["coverage.json"])["names"]
    assert names == {
        "module": ["Box", "Color", "ErrorCode", "OrthancException", "Ping", "Unused"],
        "classes": {"Box": ["Open"], "Unused": []},
        "enumerations": {"ErrorCode": {"SUCCESS": 0, "PLUGIN": 1}, "Color": {"DARK_RED": 3, "RGB24": 4}},
    }
