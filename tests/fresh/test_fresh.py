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
