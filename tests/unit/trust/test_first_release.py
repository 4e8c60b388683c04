# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages say that nothing is published until the repository is named whose workflow users trust, and no longer."""

from __future__ import annotations

from pathlib import Path

from orthanc_python.trust import REPOSITORY
from orthanc_release.signing.first_release import not_written


def test_all_is_written_for_a_release() -> None:
    found = list(not_written())
    assert bool(found) == (not REPOSITORY), "\n".join(found)


def test_each_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs" / "howto").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# Title\n\nNothing is published yet.\n")
    (tmp_path / "docs" / "howto" / "use.md").write_text(
        "A page. Because no release has\nbeen published yet, and no release\nis published yet.\n"
    )
    (tmp_path / "docs" / "other.md").write_text("What is published has a checksum. Nothing is stored yet.\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    *pages, metadata = not_written(tmp_path)
    assert [each.partition(" ")[0] for each in pages] == ["README.md:3", "docs/howto/use.md:1", "docs/howto/use.md:2"]
    assert "[project.urls]" in metadata
    (tmp_path / "pyproject.toml").write_text('[project]\nurls = {Source = "https://example.org"}\n')
    assert list(not_written(tmp_path)) == pages
