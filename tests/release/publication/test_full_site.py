# SPDX-License-Identifier: GPL-3.0-or-later
"""ci/full_site gives all releases with their pages to ci/index. The programs that it calls are stand-ins here."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

LIBRARY = """
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
make_environment() { :; }
environment_folder() { echo "$ROOT/environment"; }
"""
PYTHON = """#!/bin/bash
if [ "$1" = -c ]; then echo 0.2.0; exit; fi
if [ "$2" = inspection.sdk_header ]; then [ ! -f headless ] && echo header.h; exit; fi
shift 2
echo "former_releases $*" >>calls.txt
[ ! -f failing ] || exit 1
cat former.txt
"""
CALL = """#!/bin/bash
echo "$(basename "$0") $*" >>calls.txt
"""
FORMER_DOCS = (
    CALL
    + """output=$1
shift
for version in "$@"; do [ "$version" = 0.0.8 ] || mkdir -p "$output/$version"; done
"""
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("ci/lib", "environment/bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "ci" / "full_site", tmp_path / "ci")
    (tmp_path / "ci" / "lib" / "common.sh").write_text(LIBRARY)
    programs = {"ci/docs": CALL, "ci/index": CALL, "ci/former_docs": FORMER_DOCS, "environment/bin/python": PYTHON}
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def full_site(checkout: Path, *former: str, release: str = "", cwd: Path | None = None, **variables: str) -> list[str]:
    """Return what it has called, from the checkout or another folder, with environment variables of a workflow."""
    (checkout / "former.txt").write_text("".join(f"{checkout}/former/{version}\n" for version in former))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    command = [checkout / "ci" / "full_site", "out", *([release] if release else [])]
    done = subprocess.run(command, capture_output=True, text=True, env=environment | variables, cwd=cwd or checkout)
    assert done.returncode == 0, done.stderr
    return (checkout / "calls.txt").read_text().replace(f"{checkout}/", "").splitlines()


def test_after_the_publication(checkout: Path) -> None:
    """Also this version's files are GitHub's; its pages are built of this checkout."""
    assert full_site(checkout, "0.2.0", "0.1.0", "0.0.8") == [
        "former_releases build/former-releases --newest 0.2.0",
        "docs header.h",
        "former_docs build/former-docs 0.1.0 0.0.8",
        "index former/0.2.0 former/0.1.0 former/0.0.8 --output out"
        " --documentation build/docs --documentation build/former-docs/0.1.0",
    ]


def test_before_the_publication(checkout: Path) -> None:
    assert full_site(checkout, "0.1.0", release="build/release") == [
        "former_releases build/former-releases --except 0.2.0",
        "docs header.h",
        "former_docs build/former-docs 0.1.0",
        "index build/release former/0.1.0 --output out --documentation build/docs --documentation build/former-docs/0.1.0",
    ]


def test_the_first_release(checkout: Path) -> None:
    calls = full_site(checkout, release="build/release")
    assert calls[2:] == ["former_docs build/former-docs", "index build/release --output out --documentation build/docs"]


def test_from_another_folder(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The output and the release are where the caller is."""
    folder = tmp_path_factory.mktemp("elsewhere")
    calls = full_site(checkout, release="files", cwd=folder)
    assert calls[-1] == f"index {folder}/files --output {folder}/out --documentation build/docs"


def test_in_a_workflow(checkout: Path) -> None:
    """The files stay where GitHub has them: four releases are more than the gigabyte that Pages takes."""
    variables = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "someone/orthanc-python"}
    assert full_site(checkout, "0.2.0", **variables)[-1] == (
        "index former/0.2.0 --output out --documentation build/docs --repository https://github.com/someone/orthanc-python"
        " --downloads https://github.com/someone/orthanc-python/releases/download"
    )


@pytest.mark.parametrize(("header", "calls"), [("old.h", ["old.h"]), ("", ["", "/usr/include/orthanc/OrthancCPlugin.h"])])
def test_former_pages_have_their_own_header(checkout: Path, header: str, calls: list[str]) -> None:
    """That of this system is a way out where their own cannot be had."""
    shutil.copy(ROOT / "ci" / "former_docs", checkout / "ci")
    (checkout / "ci" / "module.py").write_text(f"print({header!r})\nraise SystemExit({not header:d})\n")
    failing = f'echo "$1" >>{checkout}/calls.txt\nmkdir -p build/docs\n[ -n "$1" ]\n'
    (checkout / "ci" / "docs").write_text(f"#!/bin/bash\n{failing}")
    for command in ("init -q", "add .", "-c user.name=a -c user.email=a@b commit -qm Pages", "tag v0.1.0"):
        subprocess.run(["git", *command.split()], cwd=checkout, check=True)
    subprocess.run([checkout / "ci" / "former_docs", "pages", "0.1.0"], cwd=checkout, check=True)
    assert (checkout / "calls.txt").read_text().splitlines() == calls
    assert (checkout / "pages" / "0.1.0").is_dir()


def test_without_the_header_of_the_release(checkout: Path) -> None:
    """No site has the functions of another SDK."""
    (checkout / "headless").touch()
    (checkout / "former.txt").touch()
    done = subprocess.run([checkout / "ci" / "full_site", "out"], capture_output=True, text=True)
    assert done.returncode == 1
    assert (checkout / "calls.txt").read_text() == "former_releases build/former-releases --newest 0.2.0\n"


def test_a_release_that_is_refused(checkout: Path) -> None:
    (checkout / "failing").touch()
    (checkout / "former.txt").touch()
    done = subprocess.run([checkout / "ci" / "full_site", "out"], capture_output=True, text=True)
    assert done.returncode == 1
    assert (checkout / "calls.txt").read_text() == "former_releases build/former-releases --newest 0.2.0\n"
