# SPDX-License-Identifier: GPL-3.0-or-later
"""libpython is never copied into a wheel, and a wheel that is not what its name says is refused."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import tomllib
from conftest import FOLDER, ROOT, Wheel, copy_of

from orthanc_release.libraries.read import read_libraries
from orthanc_release.pythons import foreign_pythons
from orthanc_release.targets import Target, read_targets
from orthanc_release.wheel_tags import plain_tag
from orthanc_release.wheels.checks import problems_of_wheel
from orthanc_release.wheels.make import pack, unpack
from orthanc_release.wheels.repair import RepairError, macos_tools, repair


def with_linked_plugin(wheel: Wheel, folder: Path) -> Path:
    """The wheel as it would be with a plugin that is linked to libpython, before its repair."""
    unpack(wheel.file, folder / "content")
    linked = FOLDER / wheel.target.name / wheel.target.stand_alone(wheel.python)
    shutil.copy2(linked, folder / "content" / wheel.libraries[1])
    return pack(folder / "content", plain_tag(wheel.target, wheel.python), folder)


def libpython_of(wheel: Wheel) -> dict[str, str]:
    """The environment in which auditwheel finds the libpython that it is not to copy."""
    if wheel.target.name != "linux-x86_64":
        return {}
    return {"LD_LIBRARY_PATH": str(foreign_pythons.library(wheel.python, wheel.target).parent)}


def names_and_needs(file: Path, wheel: Wheel, folder: Path) -> tuple[list[str], set[str]]:
    """Return the files of a wheel, and the libpython that its plugin needs."""
    with zipfile.ZipFile(file) as archive:
        plugin = Path(archive.extract(wheel.libraries[1], folder))
        needs = {name for library in read_libraries(plugin) for name in library.dependencies if "python" in name}
        return archive.namelist(), needs


def test_libpython_stays_the_interpreters(wheel: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in libpython_of(wheel).items():
        monkeypatch.setenv(name, value)
    repaired = repair(with_linked_plugin(wheel, tmp_path), wheel.target, tmp_path / "repaired")
    names, needs = names_and_needs(repaired, wheel, tmp_path / "extracted")
    libraries = [name for name in names if name.endswith((".dll", ".dylib")) or ".so" in name]
    assert sorted(libraries) == sorted(wheel.libraries)
    assert len(needs) == 1, needs


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_the_command_in_the_configuration_of_cibuildwheel(
    system: str, wheels: dict[tuple[str, str], Wheel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["cibuildwheel"]
    processors = ("x86_64", "arm64") if system != "linux" else ("x86_64",)
    chosen = [each for each in wheels.values() if each.target.system == system and each.target.processor in processors]
    if not chosen:
        pytest.fail(f"there is no wheel for {system}; build its libraries by ci/build --tested")
    wheel = chosen[0]
    for name, value in libpython_of(wheel).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AUDITWHEEL_PLAT", "manylinux_2_28_x86_64")  # as the image does
    tools = macos_tools(tmp_path / "tools") if system == "macos" else tmp_path
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), str(tools), os.environ["PATH"]]))
    made = with_linked_plugin(wheel, tmp_path)
    values = {"wheel": made, "dest_dir": tmp_path / "repaired", "delocate_archs": wheel.target.processor}
    quoted = {key: shlex.quote(str(value)) for key, value in values.items()}
    command = configuration[system]["repair-wheel-command"].format(**quoted)
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    (repaired,) = (tmp_path / "repaired").glob("*.whl")
    names, needs = names_and_needs(repaired, wheel, tmp_path / "extracted")
    assert len([name for name in names if name.endswith((".dll", ".dylib", ".so"))]) == 2 and needs
    assert repaired.name == wheel.file.name


def test_a_system_that_is_too_old_for_the_libraries(any_wheel: Wheel, tmp_path: Path) -> None:
    older = Target(**{**vars(read_targets()["linux-x86_64"]), "minimum": "2.17"})
    if any_wheel.target.name != older.name:
        pytest.fail("there is no wheel for linux-x86_64; build its libraries by ci/build --tested")
    unpack(any_wheel.file, tmp_path / "content")
    made = pack(tmp_path / "content", plain_tag(older, any_wheel.python), tmp_path)
    with pytest.raises(RepairError, match="too-recent versioned symbols"):
        repair(made, older, tmp_path / "repaired")


def test_a_wheel_renamed_to_another_cpython(wheel: Wheel) -> None:
    assert list(problems_of_wheel(wheel.file, wheel.target, wheel.python)) == []
    other = "3.12" if wheel.python != "3.12" else "3.13"
    assert f"lacks orthanc_python/plugin/{wheel.target.plugin(other)}" in list(
        problems_of_wheel(wheel.file, wheel.target, other)
    )


def test_libraries_for_another_processor(any_wheel: Wheel) -> None:
    target = read_targets()["linux-aarch64" if any_wheel.target.name == "linux-x86_64" else "linux-x86_64"]
    problems = list(problems_of_wheel(any_wheel.file, target, any_wheel.python))
    assert len([problem for problem in problems if f"its name says {target.processor}" in problem]) == 2


def test_a_file_that_was_changed(any_wheel: Wheel, tmp_path: Path) -> None:
    spoilt = copy_of(any_wheel, tmp_path)
    with zipfile.ZipFile(any_wheel.file) as source, zipfile.ZipFile(spoilt.file, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name) + (b"\n" if name.endswith("hello.py") else b""))
    (problem,) = problems_of_wheel(spoilt.file, spoilt.target, spoilt.python)
    assert "Hash mismatch" in problem and "hello.py" in problem


def test_a_library_that_does_not_belong_there(any_wheel: Wheel, tmp_path: Path) -> None:
    unpack(any_wheel.file, tmp_path / "content")
    (tmp_path / "content" / "orthanc_python.libs").mkdir()
    (tmp_path / "content" / "orthanc_python.libs" / "libpython3.13-1a2b.so.1.0").write_bytes(b"\x7fELF")
    made = pack(tmp_path / "content", any_wheel.file.stem.split("-", 2)[2], tmp_path)
    (problem,) = problems_of_wheel(made, any_wheel.target, any_wheel.python)
    assert "libpython3.13-1a2b.so.1.0" in problem
