# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that cannot read src/orthanc_release/targets.toml agree with it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import tomllib

from orthanc_python.interpreters import on_path
from orthanc_python.libraries import machine
from orthanc_python.libraries.file_names import LOADERS, plugin_for, version_of
from orthanc_release.processors import PROCESSORS
from orthanc_release.targets import SUFFIXES, SYSTEMS, Target, oldest_system, read_pythons, read_targets, system_name

ROOT = Path(__file__).resolve().parents[2]
TARGETS = read_targets()
PYTHONS = list(read_pythons())
OLDEST = PYTHONS[0]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CIBUILDWHEEL: dict[str, Any] = PROJECT["tool"]["cibuildwheel"]
PRESETS = json.loads((ROOT / "CMakePresets.json").read_text(encoding="utf-8"))["configurePresets"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def of_system(system: str) -> list[Target]:
    return [target for target in TARGETS.values() if target.system == system and not target.parts]


def test_targets_have_known_cpythons() -> None:
    for target in TARGETS.values():
        assert set(target.tested) <= set(target.pythons) <= set(PYTHONS)
    assert {python for target in TARGETS.values() for python in target.pythons} == {
        python
        for python in PYTHONS
        if python != "3.13t"  # which no published build has
    }


def test_cpythons_of_the_package() -> None:
    assert PROJECT["project"]["requires-python"] == f">={OLDEST}"
    assert PROJECT["tool"]["mypy"]["python_version"] == OLDEST
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{OLDEST.replace('.', '')}"
    tags = {f"cp{python.replace('.', '')}-*" for python in PYTHONS}
    assert set(CIBUILDWHEEL["build"]) == tags - {"cp313t-*"}  # which cibuildwheel does not have


def test_cpythons_of_cmake() -> None:
    assert f"set(ORTHANC_PYTHON_OLDEST {OLDEST})" in text("cmake/python/parse_python_version.cmake")
    found = re.search(r'foreach\(version "" (.+)\)', text("cmake/python/find_interpreter.cmake"))
    assert found is not None
    assert set(found[1].split()) == set(PYTHONS)


def test_cpythons_of_the_pages() -> None:
    newest = next(python for python in reversed(PYTHONS) if not python.endswith("t"))
    for name, system in (("Linux", "linux"), ("macOS", "macos"), ("Windows", "windows")):
        rows = [row.split("|")[3] for row in text("README.md").splitlines() if row.startswith(f"| {name}")]
        assert rows and all(f"to {newest}, 3.14t and 3.15t" in row for row in rows)
        assert all(newest in target.pythons and f"{newest}t" in target.pythons for target in of_system(system))


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_processor_and_minimum_of_the_toolchain(target: Target) -> None:
    if target.parts:
        assert {TARGETS[part].minimum for part in target.parts} == {target.minimum}
        return
    processor = PROCESSORS[target.processor]
    lines = target.toolchain.read_text(encoding="utf-8")
    (named,) = re.findall(r"^set\((?:CMAKE_SYSTEM_PROCESSOR|processor) (\S+)\)", lines, re.MULTILINE)
    (triple,) = re.findall(r"^set\(triple (\S+)\)", lines, re.MULTILINE)
    assert named.lower() in processor.machines
    assert triple.startswith(f"{processor.linux}-")
    oldest = {"linux": f"-linux-gnu.{target.minimum}", "macos": f"-macos.{target.minimum}", "windows": ""}[target.system]
    assert triple.endswith(oldest)
    (preset,) = (each for each in PRESETS if each["name"] == target.name)
    shown = {"linux": f"glibc {target.minimum} or later", "macos": f"macOS {target.minimum.removesuffix('.0')} "}
    assert shown.get(target.system, "Windows ") in preset["displayName"]


def test_minimum_of_wheels() -> None:
    (glibc,) = {target.minimum for target in of_system("linux")}
    (macos,) = {target.minimum for target in of_system("macos")}
    images = {value for key, value in CIBUILDWHEEL["linux"].items() if key.endswith("-image")}
    assert images == {f"manylinux_{glibc.replace('.', '_')}"}
    assert CIBUILDWHEEL["macos"]["environment"] == {"MACOSX_DEPLOYMENT_TARGET": macos}
    assert f"--require-target-macos-version {macos} " in CIBUILDWHEEL["macos"]["repair-wheel-command"]
    (preset,) = (each for each in PRESETS if each["name"] == "macos-universal2")
    assert preset["cacheVariables"]["CMAKE_OSX_DEPLOYMENT_TARGET"] == macos


def test_any_machine_can_build_what_ci_test_builds() -> None:
    """A runner, and a fresh Debian, have no interpreter of the versions that Debian lacks."""
    of_debian = {version for version, python in read_pythons().items() if "debian" in python}
    assert {name: set(target.tested) - of_debian for name, target in TARGETS.items()} == {name: set() for name in TARGETS}


def test_processors_of_wheels() -> None:
    for system, name in (("linux", "linux"), ("macos", "name"), ("windows", "windows_build")):
        wanted = {getattr(PROCESSORS[target.processor], name) for target in of_system(system)}
        assert set(CIBUILDWHEEL[system]["archs"]) == wanted


def test_oldest_windows_is_that_of_the_cpython() -> None:
    target = TARGETS["windows-x86_64"]
    assert [oldest_system(target, [python], target.minimum) for python in ("3.12", "3.13")] == ["6.3", "10.0"]
    assert oldest_system(target, ["3.10", "3.13"], target.minimum) == "6.3"
    assert oldest_system(TARGETS["linux-x86_64"], ["3.13"], "2.28") == "2.28"
    assert system_name("windows", "6.3") == "Windows 8.1"
    assert system_name("windows", "10.0") == "Windows 10" and system_name("macos", "11.0") == "macOS 11.0"
    oldest = {python["windows"] for python in read_pythons().values()}
    assert oldest <= machine.WINDOWS.keys()


def test_page_and_command_name_a_system_alike() -> None:
    for system, release in (("windows", "6.1"), ("windows", "6.3"), ("windows", "11.0"), ("linux", "2.28"), ("macos", "11.0")):
        assert system_name(system, release) == machine.release_name(system, release)
    assert system_name(None, "2.28") == "2.28"


def test_what_each_machine_can_run() -> None:
    run = {name: [python for python in target.pythons if target.runs_anywhere(python)] for name, target in TARGETS.items()}
    debian = ["3.11", "3.13", "3.14", "3.15"]
    assert run == {
        **{name: [] for name in TARGETS},
        "linux-x86_64": debian,
        "linux-aarch64": debian,
        "windows-x86_64": ["3.10", "3.11", "3.12", "3.13"],
    }


def test_presets_for_visual_studio() -> None:
    presets = {each["name"]: each for each in PRESETS}
    for target in of_system("windows"):
        name = {"x86_64": "windows-msvc"}.get(target.processor, f"windows-msvc-{target.processor}")
        assert presets[name]["architecture"] == PROCESSORS[target.processor].visual_studio
        assert presets[name]["inherits"] == "visual-studio" == presets["windows-clang-cl"]["inherits"]


def test_presets_without_a_package_of_the_sdk() -> None:
    """Windows has none, and macOS only with Homebrew: these presets download its header."""
    presets = {each["name"]: each for each in PRESETS}
    for name in ("visual-studio", "macos-universal2"):
        assert presets[name]["cacheVariables"]["ALLOW_DOWNLOADS"] == "ON"


def test_systems() -> None:
    assert {target.system for target in TARGETS.values()} == set(SYSTEMS)
    assert machine.SYSTEMS == SYSTEMS


def test_file_names_of_the_package() -> None:
    for target in TARGETS.values():
        assert target.loader == LOADERS[target.system] and Path(target.loader).suffix == SUFFIXES[target.system]
        for python in PYTHONS:
            plugin = plugin_for(Path(target.loader), python)
            assert plugin == target.plugin(python) and version_of(plugin) == python
    assert "set(name OrthancPython-python${Python_RESOLVED_VERSION})" in text("src/plugin/CMakeLists.txt")
    assert '("OrthancPython-python" + version + loader.extension().string())' in text("src/loader/search/choice.cpp")


def test_names_on_path_reach_beyond_the_cpythons() -> None:
    source = text("src/loader/search/candidates.cpp")
    limits = [int(re.findall(rf"constexpr int {name}_minor = (\d+);", source)[0]) for name in ("oldest", "newest")]
    assert limits == [on_path.OLDEST, on_path.NEWEST]
    minors = [int(python.rstrip("t").partition(".")[2]) for python in PYTHONS]
    assert limits[0] == min(minors) and limits[1] > max(minors)
