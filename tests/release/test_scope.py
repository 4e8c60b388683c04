# SPDX-License-Identifier: GPL-3.0-or-later
"""All targets of targets.toml must be there: one that is left out, missing, extra or thinner is a failure, unless named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FOLDER, VERSION, described_again, run, unzipped, verify_here

from orthanc_release import release as release_command
from orthanc_release.archives import write_zip
from orthanc_release.builds import cross
from orthanc_release.publish import publish
from orthanc_release.pythons import foreign_pythons
from orthanc_release.scope import Scope
from orthanc_release.targets import read_targets
from orthanc_release.verify import verify
from orthanc_release.verify.table import Row
from orthanc_release.verify.verify import rows_of
from orthanc_release.verify.verify import run as run_rows
from orthanc_release.wheels import make

Copy = Callable[..., Path]


def test_a_cpython_that_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # A machine that knows neither Debian nor PyPI, and has cached nothing.
    monkeypatch.setattr(foreign_pythons, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", str(tmp_path))
    arguments = ["--tested", "--output", str(tmp_path / "targets"), "windows-x86"]
    assert cross.main(arguments) == 1
    assert "missing: windows-x86 3.13: " in capsys.readouterr().out
    for named in ("windows-x86", "3.13", "windows-x86:3.13"):
        assert cross.main([f"--without={named}", *arguments]) == 0
        assert "missing" not in capsys.readouterr().out
    assert cross.main(["--without=windows-arm64", *arguments]) == 1


@pytest.mark.parametrize("named", ["windows", "3", "linux-x86_64:2.7", "linux-x86_64:"])
def test_a_name_that_is_none(named: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (cross, publish, release_command, verify, make):
        with pytest.raises(SystemExit) as error:
            command.main([f"--without={named}"])
        assert error.value.code == 2 and f"--without {named} is not a target" in capsys.readouterr().err


def test_only_some_versions() -> None:
    windows = read_targets()["windows-arm64"]
    scope = Scope((windows,), only=frozenset({"3.10", "3.14t"}))
    assert scope.pythons(windows) == ("3.14t",) == scope.versions(windows)
    with pytest.raises(SystemExit):
        cross.main(["--python=3.9", "windows-x86"])


def test_a_universal_target_has_what_its_parts_have() -> None:
    universal = read_targets()["macos-universal2"]
    assert "3.12" in Scope((universal,)).pythons(universal)
    assert "3.12" not in Scope((universal,), without=frozenset({"macos-arm64:3.12"})).pythons(universal)


def test_a_folder_of_libraries_that_lacks_some(tmp_path: Path, targets: object) -> None:
    for path in ("libOrthancPython.so", "OrthancPython/OrthancPython-python3.11.so", "python3.11/libOrthancPython.so"):
        (tmp_path / "linux-aarch64" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / "linux-aarch64" / path, tmp_path / "linux-aarch64" / path)
    arguments = ["--tested", "--target=linux-aarch64", tmp_path]
    assert run("verify.verify", *arguments).status == 0
    whole = run("verify.verify", "--tested", tmp_path)
    assert whole.status == 1 and "macos-arm64/libOrthancPython.dylib is missing; ci/build macos-arm64 makes it" in whole.text
    (tmp_path / "linux-aarch64" / "python3.11" / "libOrthancPython.so").unlink()
    lacking = run("verify.verify", *arguments)
    assert lacking.status == 1 and "python3.11/libOrthancPython.so is missing" in lacking.text


def test_a_release_that_lacks_a_file(release: Path, copy_of: Copy) -> None:
    folder = copy_of(release)
    name = f"orthanc_python-{VERSION}-cp313-cp313-win_amd64.whl"
    (folder / name).unlink()
    described_again(folder)
    outcome = verify_here(folder)
    assert outcome.status == 1 and f"{name} is missing; by targets.toml the release has it" in outcome.text
    assert verify_here("--without=windows-x86_64:3.13", folder).status == 0


def test_a_release_with_a_thinner_bundle(release: Path, copy_of: Copy) -> None:
    folder = copy_of(release)
    bundle = folder / f"OrthancPython-{VERSION}-linux-x86_64.zip"
    files = unzipped(bundle)
    del files["OrthancPython/OrthancPython-python3.11.so"]
    write_zip(bundle, files, 1_700_000_000)
    outcome = verify_here(described_again(folder))
    assert outcome.status == 1 and f"{bundle.name} lacks CPython 3.11, which targets.toml has" in outcome.text


def test_a_release_with_a_file_too_much(release: Path) -> None:
    outcome = run("verify.verify", "--tested", "--target=linux-x86_64", release)
    assert outcome.status == 1
    assert f"OrthancPython-{VERSION}-macos-arm64.zip is in no release by targets.toml" in outcome.text


def test_a_library_that_cannot_be_run_here(tmp_path: Path, targets: object) -> None:
    """Here, the program that loads it is missing."""

    def rows(target: str) -> list[Row]:
        copy = tmp_path / target / "python3.13"
        copy.mkdir(parents=True, exist_ok=True)
        known = read_targets()[target]
        name = f"OrthancPython-{VERSION}-python3.13-{target}{Path(known.loader).suffix}"
        shutil.copy(FOLDER / target / known.stand_alone("3.13"), copy / name)
        return list(rows_of(copy / name, tmp_path, None, Scope(())))

    linux, macos = rows("linux-x86_64"), rows("macos-arm64")
    run_rows(linux + macos, tmp_path / "none")
    assert any(problem.startswith("not run: ") for row in linux for problem in row.problems)
    assert not any(row.problems for row in macos) and any("nothing here runs macos" in note for note in macos[0].notes)
    for named in ("linux-x86_64", "linux-x86_64:3.13"):
        excused = rows("linux-x86_64")
        run_rows(excused, tmp_path / "none", [named])
        assert not any(row.problems for row in excused)
