# SPDX-License-Identifier: GPL-3.0-or-later
"""requirements.lock has all that builds a release, each file by its checksum."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import tomllib
from conftest import ROOT

from orthanc_release.builds import native
from orthanc_release.lock import locked
from orthanc_release.lock.locked import LOCK, LockError, check_environment, read_lock, text_of
from orthanc_release.targets import read_targets

HERE = {"name": "here", "parts": (), "is_here": True, "system": "windows", "processor": "x86_64"}
PACKAGES = {each.name: each for each in read_lock()}


def names_in(file: str) -> set[str]:
    """The names of a requirements file, as PEP 503 writes them."""
    lines = (ROOT / file).read_text().splitlines()
    return {re.sub(r"[-_.]+", "-", line.lower()) for line in (re.split(r"[^\w.-]", each)[0] for each in lines) if line}


def test_everything_that_is_asked_for_is_locked() -> None:
    asked = names_in("src/orthanc_release/lock/requirements.txt") | names_in("src/orthanc_sdk/requirements.txt")
    assert asked - {"-r"} <= PACKAGES.keys()
    assert names_in("src/orthanc_sdk/requirements.txt") <= native.TOOLS


def test_every_line_is_read() -> None:
    lines = (ROOT / LOCK).read_text().splitlines()
    assert [line.partition("==")[0].partition("[")[0] for line in lines if "==" in line and line[0] != " "] == list(PACKAGES)
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?|[\w.-]+(\[.*\])?==.* \\|#.*", line) for line in lines)


def test_what_is_asked_for_is_what_the_tests_ask_for() -> None:
    wanted = set((ROOT / "src/orthanc_release/lock/requirements.txt").read_text().splitlines())
    given = set((ROOT / "tests/requirements.txt").read_text().splitlines())
    assert {line for line in wanted if line and not line.startswith(("#", "-r"))} <= given


def test_this_environment_has_these_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    check_environment()
    (first, *others) = read_lock()
    monkeypatch.setattr(locked, "read_lock", lambda: [locked.Locked(first.name, "0.0.1", first.marker, ""), *others])
    with pytest.raises(LockError, match=rf"{first.name} is \S+, not 0.0.1"):
        check_environment()


def test_pip_gets_the_hashes_of_some_packages(tmp_path: Path) -> None:
    text = text_of({"nanobind"})
    assert re.fullmatch(r"nanobind==3\.\S+( \\\n    --hash=sha256:[0-9a-f]{64})+\n", text)
    with pytest.raises(LockError, match="lacks nothing-such"):
        text_of({"nothing-such"})


def test_a_builder_of_a_release_has_locked_packages_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ci/native.py builds Windows' libraries of a release and tests them. Each package that it installs has its checksum."""
    installed: set[str] = set()

    def run(command: list[str], **options: object) -> None:
        if "install" in command:
            assert "--require-hashes --only-binary :all: -r" in " ".join(command), command
            installed.update(names_in(command[-1]))

    monkeypatch.setattr(native, "ROOT", tmp_path)
    monkeypatch.setattr(native.subprocess, "run", run)
    for name in ("ask", "build", "check", "note_run"):
        monkeypatch.setattr(native, name, lambda *_, **options: {"python": "3.13", "prefix": "C:/Python313"})
    monkeypatch.setattr(native, "read_targets", lambda: {"here": SimpleNamespace(**HERE)})
    native.main(["libraries", "here"])
    assert {"lief", "nanobind", "pytest", "pytest-timeout"} <= installed


def test_the_sdk_of_a_32_bit_target_is_read_by_64_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no libclang for 32 bits, and `py -3` takes the newest Python, of any size: that may be the target's own."""
    commands: list[list[str]] = []
    monkeypatch.setattr(native, "ROOT", tmp_path)
    monkeypatch.setattr(native.subprocess, "run", lambda command, **options: commands.append(command))
    python = native.install_tools(read_targets()["windows-x86"])
    assert commands[0] == ["py", "-3-64", "-m", "venv", str(tmp_path / "build" / "tools")]
    assert commands[1][0] == str(python) and python.is_relative_to(tmp_path / "build" / "tools")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    (wheels,) = (each["before-build"] for each in project["overrides"] if each["select"] == "*-win32")
    assert wheels[0].startswith("py -3-64 -m venv ")


def test_the_tests_have_the_locked_versions() -> None:
    command = "source ci/lib/common.sh && locked_versions"
    done = subprocess.run(["bash", "-ec", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"{each.name}=={each.version}" for each in PACKAGES.values()]


@pytest.mark.parametrize("name", ["publish", "release", "test"])
def test_another_lock_makes_another_environment(name: str, tmp_path: Path) -> None:
    """ci/lock --upgrade changes only the lock: an environment of former versions must not stay in use."""
    files = [LOCK, "ci/lib/sign-requirements.lock", "tests/requirements.txt", "src/orthanc_sdk/requirements.txt"]
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    command = ["bash", "-ec", f"source ci/lib/common.sh && ROOT=$1 && environment_folder {name}", "-", str(tmp_path)]
    before = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lock = tmp_path / LOCK
    lock.write_text(lock.read_text().replace("==", "==1!", 1))
    after = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert after != before and f"{name}-environment-" in after


@pytest.mark.parametrize("name", ["publish", "sign"])
def test_packages_beside_a_secret_are_locked(name: str) -> None:
    """ci/sign has the key of releases, and ci/publish may write to the repository. So would a package of someone else."""
    script = (ROOT / "ci" / name).read_text()
    assert f"make_environment {name}\n" in script and f"$(environment_folder {name})" in script
    command = f'source ci/lib/common.sh && echo "${{REQUIREMENTS[{name}]}}"'
    done = subprocess.run(["bash", "-ec", command], cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, str] = {}
    for file in done.stdout.split():
        packages = locked.ENTRY.findall((ROOT / file).read_text())
        assert len(packages) == len([line for line in (ROOT / file).read_text().splitlines() if not line.startswith("    ")])
        for package, version, _ in packages:
            assert found.setdefault(package, version) == version, "pip refuses two versions"
    assert names_in("ci/lib/sign-requirements.txt") <= found.keys()


SECRETS = ("RELEASE_SIGNING_KEY", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
# A program that writes its arguments and its environment to files of its name.
NOTING = '#!/bin/sh\nname=$(basename "$0")\necho "$@" >>"$NOTES/$name.txt"\nenv >>"$NOTES/$name-environment.txt"\n'


def make_environment(command: str, folder: Path) -> dict[str, str]:
    """Run a command of bash in the checkout with a python3 that makes no real environment, and return all that was noted."""
    programs, notes = folder / "bin", folder / "notes"
    programs.mkdir(parents=True)
    notes.mkdir()
    noting = folder / "noting"
    noting.write_text(NOTING)
    copies = f'cp "{noting}" "$3/bin/pip"; cp "{noting}" "$3/bin/python"'
    (programs / "python3").write_text(
        f'{NOTING}case "$1 $2" in "-m venv") mkdir -p "$3/bin"; {copies} ;; *) echo Python 3.99.0 ;; esac\n'
    )
    (programs / "dpkg-query").write_text("#!/bin/sh\necho install ok installed\n")
    for program in (noting, *programs.iterdir()):
        program.chmod(0o755)
    environment = {
        **os.environ,
        **dict.fromkeys(SECRETS, "secret"),
        "NOTES": str(notes),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }
    environment["PATH"] = f"{programs}:{os.environ['PATH']}"
    subprocess.run(["bash", "-ec", command], cwd=ROOT, env=environment, check=True, timeout=60)
    return {file.stem: file.read_text() for file in notes.iterdir()}


@pytest.mark.parametrize("name", ["publish", "release", "sign"])
def test_no_package_is_built_beside_files_of_a_release(name: str, tmp_path: Path) -> None:
    """pip builds a source distribution with the newest packages that it asks for, whatever is locked."""
    noted = make_environment(f"source ci/lib/common.sh && make_environment {name}", tmp_path)
    assert "--require-hashes --only-binary :all: -r" in noted["pip"]


def test_other_environments_may_build_packages(tmp_path: Path) -> None:
    assert "--only-binary" not in make_environment("source ci/lib/common.sh && make_environment docs", tmp_path)["pip"]


@pytest.mark.parametrize("name", ["publish", "sign"])
def test_no_secret_is_there_while_packages_are_installed(name: str, tmp_path: Path) -> None:
    """The program that signs and publishes has them later."""
    noted = make_environment(f"ci/{name} {tmp_path}", tmp_path)
    for secret in SECRETS:
        line = f"{secret}=secret"
        assert line in noted["python-environment"] and line not in noted["pip-environment"]


@pytest.mark.parametrize("file", [LOCK, "ci/lib/sign-requirements.lock"])
def test_no_lock_has_a_post_release_without_its_sources(file: str) -> None:
    """certifi 2026.10.19.post1 has one wheel with the certificates of 2026.10.18, and no source distribution."""
    packages = {match["name"]: match for match in locked.ENTRY.finditer((ROOT / file).read_text())}
    assert not [name for name, match in packages.items() if ".post" in match["version"] and match[0].count("--hash") == 1]
