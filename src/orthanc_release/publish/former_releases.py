# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads the releases that GitHub has, because the download site keeps all of them.

Each goes into a folder named by its version. Drafts are left out, because nobody has them. What is there already is not
downloaded again.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from orthanc_release.publish.github_release import PublicationError, download, published_tags


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 1 when a release cannot be had."""
    parser = argparse.ArgumentParser(prog="former_releases.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--except", dest="but", default="", metavar="VERSION", help="the release that is being made")
    options = parser.parse_args(arguments)
    try:
        for folder in fetch(options.folder, options.but):
            print(folder)
    except PublicationError as error:
        print(f"former_releases.py: {error}", file=sys.stderr)
        return 1
    return 0


def fetch(folder: Path, but: str = "") -> list[Path]:
    """Return the folders of all published releases, but for one version. Raises PublicationError."""
    found = []
    folder.mkdir(parents=True, exist_ok=True)
    for tag in published_tags():
        version = tag.removeprefix("v")
        if version == but or not re.fullmatch(r"v\d[\w.]*", tag):
            continue
        target = folder / version
        if not target.exists():
            with tempfile.TemporaryDirectory(prefix=f".{version}-", dir=folder) as temporary:
                made = Path(temporary) / "release"
                made.mkdir()
                download(tag, made)
                made.rename(target)
        found.append(target)
    return found


if __name__ == "__main__":
    sys.exit(main())
