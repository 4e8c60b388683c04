# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin's own Python code: bytecode from the build is that of the sources."""

from __future__ import annotations

from conftest import Servers

SCRIPT = """
import importlib.util
import json
import marshal

import _orthanc_importer as importer
import orthanc


def answer(output, uri, **request):
    compiled = {
        stem: compile(text, f"<orthanc-python {stem}.py>", "exec", dont_inherit=True, optimize=0)
        for stem, text in importer._sources.items()
        if "." not in stem  # a part of the page of the dashboard
    }
    different = [stem for stem, code in importer._bytecode.items() if marshal.loads(code) != compiled[stem]]
    result = {"sources": len(compiled), "bytecode": len(importer._bytecode), "different": different}
    output.AnswerBuffer(json.dumps(result), "application/json")


orthanc.RegisterRestCallback("/embedded", answer)
"""


def test_bytecode_is_that_of_the_sources(orthanc: Servers) -> None:
    found = orthanc(SCRIPT).get("/embedded").json()
    assert found["sources"] > 20
    assert found["bytecode"] in (0, found["sources"])  # none where the build could not run this CPython
    assert found["different"] == []
