# SPDX-License-Identifier: GPL-3.0-or-later
"""Every code block of the documentation works, but for those that say why they are not run."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import EXAMPLES, Section, read_sections
from running import SectionRunner

SECTIONS = [
    section for section in read_sections() if section.page not in EXAMPLES and any(block.run for block in section.blocks)
]


@pytest.mark.parametrize("section", SECTIONS, ids=[f"{section.page}: {section.title}" for section in SECTIONS])
def test_section(section: Section, plugin: Path, script_environment: Path, tmp_path: Path) -> None:
    runner = SectionRunner(tmp_path, plugin, script_environment, keep_storage=section.whole)
    try:
        for block in section.blocks:
            runner.run(block)
    except AssertionError:
        if runner.server is not None:
            print(runner.server.log())
        raise
    finally:
        runner.close()
