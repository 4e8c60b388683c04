# SPDX-License-Identifier: GPL-3.0-or-later
"""The mutants fit the code as it is: `nox -s mutants` itself takes long."""

from __future__ import annotations

import pytest

from tests.mutants.model import ROOT, Mutant, find, load_all

ALL = load_all()


@pytest.mark.parametrize("mutant", ALL, ids=str)
def test_mutant_fits(mutant: Mutant) -> None:
    """Mend the entry if the code has changed; delete none without another in its place."""
    text = (ROOT / mutant.path).read_text(encoding="utf-8")
    assert mutant.changed(text) != text
    assert mutant.tests
    for test in mutant.tests:
        if not test.startswith("cmake:"):
            file, _, name = test.partition("::")
            content = (ROOT / find(file)).read_text(encoding="utf-8")
            assert f"def {name.partition('[')[0]}(" in content if name else "def test_" in content, test


def test_number() -> None:
    assert len(ALL) >= 100
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in ALL}) == len(ALL)
