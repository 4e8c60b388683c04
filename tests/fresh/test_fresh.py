# SPDX-License-Identifier: GPL-3.0-or-later
"""README's two commands, and the commands of the pages that install, in a minimal Debian.

ORTHANC_PYTHON_FRESH has the suites, by default bookworm.
"""

from __future__ import annotations

import os

import pytest
from fresh_root import fresh_root

from tests.docs.pages import Section, read_sections

SUITES = os.environ.get("ORTHANC_PYTHON_FRESH", "bookworm").split()
MARK = "tests/fresh/test_fresh.py::test_pages"
SECTIONS = [section for section in read_sections() if any(block.markers.get("tested by") == MARK for block in section.blocks)]

pytestmark = [pytest.mark.timeout(1800), pytest.mark.skipif(os.geteuid() != 0, reason="a root of another system needs root")]

# README's first script, until it answers, and its tests. They run in the clone, as README has it.
FIRST_SCRIPT = """
. env/bin/activate
orthanc-python new demo
orthanc-python run demo/demo.py --reload >run.txt 2>&1 & command=$!
for each in $(seq 600); do grep -q "Ctrl-C stops it" run.txt && break || sleep 0.1; done
curl -s "$(grep -o 'http://127[^ ]*' run.txt | tail -n 1)/demo"
kill $command
wait $command || true
pytest -q demo
"""


def commands_of(section: Section) -> str:
    """The section's commands as they are printed."""
    return "\n".join(block.text for block in section.blocks if block.markers.get("tested by") == MARK)


@pytest.mark.parametrize("suite", SUITES)
def test_two_commands(suite: str) -> None:
    with fresh_root(suite) as root:
        output = root.run("ci/demo")
        assert '"SOPInstanceUID": "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322"' in output
        assert "Orthanc has stopped." in output
        root.run("ci/test --quick")


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: f"{section.page}: {section.title}")
def test_pages(suite: str, section: Section) -> None:
    """As an ordinary user who may use sudo, and whose apt-get has the lists of packages."""
    with fresh_root(suite) as root:
        root.add_user("ada")
        root.run(commands_of(section), account="ada")
        if (section.page, section.title) == ("README.md", "Install"):
            answer = root.run(FIRST_SCRIPT, account="ada")
            assert '{"plugin": "demo", "python": "3.' in answer and "2 passed" in answer
