# SPDX-License-Identifier: GPL-3.0-or-later
"""orthanc_python.inside: settings of a package's own, and files that it serves."""

from __future__ import annotations

from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from conftest import ROOT, Servers
from helpers import failure_of
from installed_packages import Environment

PACKAGE = """
from dataclasses import dataclass
from pathlib import Path

import orthanc
from orthanc_python.inside import read_section, serve_folder


@dataclass
class Settings:
    target: str
    max_retries: int = 3


orthanc.LogWarning(str(read_section("Routing", Settings)))
serve_folder("/routing/ui", Path(__file__).parent / "static")
"""


@pytest.fixture
def environment(script_environment: Path, tmp_path: Path) -> Environment:
    made = Environment(tmp_path / "env", script_environment)
    (made.packages / "source.pth").write_text(f"{ROOT / 'src'}\n", encoding="utf-8")
    files = {"routing/__init__.py": PACKAGE, "routing/static/index.html": "<p>Hello</p>\n", "routing/static/a b.txt": "text"}
    made.install("routing", files)
    return made


def configuration(environment: Environment, **section: object) -> dict[str, object]:
    return {"Python": {**environment.settings, "Modules": ["routing"]}, "Routing": section}


def test_settings_and_files(orthanc: Servers, environment: Environment) -> None:
    server = orthanc(configuration=configuration(environment, Target="PACS", MaxRetries=5))
    assert "Settings(target='PACS', max_retries=5)" in server.log()
    opener = build_opener(ProxyHandler({}))
    with opener.open(Request(f"{server.url}/routing/ui/")) as answer:
        assert answer.read() == b"<p>Hello</p>\n" and answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        tag = answer.headers["ETag"]
    with pytest.raises(Exception, match="304"):
        opener.open(Request(f"{server.url}/routing/ui/", headers={"If-None-Match": tag}))
    statuses = {
        "/routing/ui": 200,
        "/routing/ui/a%20b.txt": 200,
        "/routing/ui/absent": 404,
        "/routing/ui/../__init__.py": 404,
        "/routing/ui/%2e%2e/__init__.py": 404,
        "/routing/ui/..%2f__init__.py": 404,
    }
    assert {path: server.get(path).status for path in statuses} == statuses
    with pytest.raises(Exception, match="405"):
        opener.open(Request(f"{server.url}/routing/ui/", data=b"text"))


def test_an_error_names_the_key(orthanc: Servers, environment: Environment) -> None:
    log = failure_of(orthanc.prepare(configuration=configuration(environment, Target="PACS", MaxRetries="5")))
    assert 'the setting "MaxRetries" of the section "Routing" must be a whole number, not "5"' in log
