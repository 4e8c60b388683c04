# SPDX-License-Identifier: GPL-3.0-or-later
"""`cmake --install` as packagers of a distribution run it: files below DESTDIR, laid out as usual."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import lief
import pytest
from conftest import ROOT, run

TRACKED = run(["git", "-C", ROOT, "ls-files", "samples"]).splitlines()
SAMPLES = {f"usr/share/doc/orthanc-python/examples/{name.removeprefix('samples/')}" for name in TRACKED}
COMMON = SAMPLES | {
    "usr/share/doc/orthanc-python/README.md",
    "usr/share/licenses/orthanc-python/LICENSE",
    "usr/share/orthanc-python/orthanc.pyi",
}


def install(build: Path, destination: Path) -> dict[str, Path]:
    """Install a build: the files and links, by their paths from the root."""
    environment = {**os.environ, "DESTDIR": str(destination)}
    command = ["cmake", "--install", str(build), "--prefix", "/usr"]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    found = [path for path in destination.rglob("*") if path.is_symlink() or path.is_file()]
    return {path.relative_to(destination).as_posix(): path for path in found}


def links_of(files: dict[str, Path]) -> dict[str, str]:
    return {name: str(path.readlink()) for name, path in files.items() if path.is_symlink()}


@pytest.fixture
def bundle_build() -> Path:
    """The folder of a build with the loader, as ci/bundle has left it."""
    found = sorted((ROOT / "build" / "bundle").glob("build-3.*/bundle/OrthancPython"))  # other builds lacked their CPython
    if not found:
        pytest.exit(f"there is no build in {ROOT / 'build' / 'bundle'}: run ci/bundle build/bundle", returncode=2)
    return found[0].parents[1]


def test_a_plugin_that_stands_alone(linked_plugin: Path, tmp_path: Path) -> None:
    files = install(linked_plugin.parent, tmp_path)
    library = "usr/lib/orthanc/libOrthancPython.so"
    link = "usr/share/orthanc/plugins/libOrthancPython.so"
    assert set(files) == COMMON | {library, link}
    assert links_of(files) == {link: "../../../lib/orthanc/libOrthancPython.so"}
    assert files[link].resolve() == files[library]
    for path in files.values():
        assert path.is_symlink() or path.stat().st_mode & 0o777 == 0o644


def test_the_library_names_no_folder_but_that_of_an_unusual_libpython(linked_plugin: Path, tmp_path: Path) -> None:
    library = lief.ELF.parse(install(linked_plugin.parent, tmp_path)["usr/lib/orthanc/libOrthancPython.so"])
    assert library is not None
    (libpython,) = [str(name) for name in library.libraries if str(name).startswith("libpython3.")]
    paths = [
        folder for entry in library.dynamic_entries if isinstance(entry, lief.ELF.DynamicEntryRunPath) for folder in entry.paths
    ]
    assert not any(isinstance(entry, lief.ELF.DynamicEntryRpath) for entry in library.dynamic_entries)
    if Path(run(["sh", "-c", f"ldconfig -p | sed -n 's/.*{libpython} .*=> //p' | head -n 1"]).strip() or "/none").is_file():
        assert all(Path(folder, libpython).is_file() for folder in paths) and len(paths) <= 1
    else:
        assert [Path(folder, libpython).is_file() for folder in paths] == [True]


def test_loader_and_plugins(bundle_build: Path, tmp_path: Path) -> None:
    files = install(bundle_build, tmp_path)
    python = bundle_build.name.removeprefix("build-")
    loader = "usr/lib/orthanc/libOrthancPython.so"
    plugin = f"usr/lib/orthanc/OrthancPython/OrthancPython-python{python}.so"
    links = links_of(files)  # two, because the loader looks for the plugins beside the path that was opened
    expected = {"libOrthancPython.so", "OrthancPython"}
    assert links == {f"usr/share/orthanc/plugins/{name}": f"../../../lib/orthanc/{name}" for name in expected}
    assert set(files) == COMMON | set(links) | {loader, plugin}


def options_of(linked_plugin: Path) -> list[str]:
    """The options by which the plugin's build has found CPython and the SDK."""
    cache = (linked_plugin.parent / "CMakeCache.txt").read_text(encoding="utf-8")
    kept = ("PYTHON_LIBRARY:", "PYTHON_INCLUDE_DIR:", "PYTHON_VERSION:", "ORTHANC_SDK_ROOT:")
    return [f"-D{line}" for line in cache.splitlines() if line.startswith(kept)]


def configured(linked_plugin: Path, build: Path, *chosen: str) -> Path:
    """The folder of a build that is only configured anew: the libraries are those of another one."""
    run(["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", *options_of(linked_plugin), *chosen])
    for name in ("libOrthancPython.so", "orthanc.pyi"):
        (build / name).write_bytes((linked_plugin.parent / name).read_bytes())
    return build


def test_name_of_a_python_for_the_tools(linked_plugin: Path, tmp_path: Path) -> None:
    """The shell's PATH has it, and not the current folder."""
    options = [*options_of(linked_plugin), "-DBUILD_TOOLS_PYTHON=python-absent"]
    command = ["cmake", "-S", str(ROOT), "-B", str(tmp_path), "-G", "Ninja", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "BUILD_TOOLS_PYTHON=python-absent cannot be run here" in " ".join(done.stderr.split())


def test_folders_can_be_chosen(linked_plugin: Path, tmp_path: Path) -> None:
    chosen = ["-DCMAKE_INSTALL_LIBDIR=lib64", "-DORTHANC_PYTHON_INSTALL_PLUGINDIR=lib64/orthanc/plugins"]
    build = configured(linked_plugin, tmp_path / "build", *chosen, "-DORTHANC_PYTHON_INSTALL_DOCDIR=share/doc/packages/x")
    files = install(build, tmp_path / "root")
    assert links_of(files) == {"usr/lib64/orthanc/plugins/libOrthancPython.so": "../libOrthancPython.so"}
    assert {"usr/lib64/orthanc/libOrthancPython.so", "usr/share/doc/packages/x/README.md"} <= set(files)


def test_uninstall_brings_back_what_was_replaced(linked_plugin: Path, tmp_path: Path) -> None:
    """Debian's package of the established plugin has a link there, for example."""
    build, root = configured(linked_plugin, tmp_path / "build"), tmp_path / "root"
    link = root / "usr/share/orthanc/plugins/libOrthancPython.so"
    other = root / "usr/share/orthanc/plugins/libServeFolders.so"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../../lib/libOther.so.4.0")
    other.touch()
    said = [install_and_listen(build, root) for _ in range(2)]
    assert f"Replaces {link}, a link to ../../../lib/libOther.so.4.0" in said[0] and "--target uninstall" in said[0]
    assert "Replaces" not in said[1]  # what is there is its own
    assert str(link.readlink()) == "../../../lib/orthanc/libOrthancPython.so"
    target = ["ninja", "-C", str(build), "-t", "commands", "uninstall"]
    assert f"{ROOT}/cmake/install/place.py uninstall {build}" in run(target)
    done = uninstall(build, root)
    assert done.returncode == 0 and f"Brought back: {link}" in done.stdout + done.stderr
    assert {path for path in root.rglob("*") if path.is_symlink() or path.is_file()} == {link, other}
    assert str(link.readlink()) == "../../../lib/libOther.so.4.0"
    assert not (root / "usr/share/orthanc-python").exists() and not (root / "usr/share/doc/orthanc-python").exists()
    again = uninstall(build, root)
    assert again.returncode == 1 and "Nothing is installed from" in again.stderr


def test_another_destdir_has_files_of_its_own(linked_plugin: Path, tmp_path: Path) -> None:
    """CMake's manifest names the files of a package's folder as those below the root."""
    build, package, root = configured(linked_plugin, tmp_path / "build"), tmp_path / "package", tmp_path / "root"
    link = root / "usr/share/orthanc/plugins/libOrthancPython.so"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../../lib/libOther.so.4.0")
    install_and_listen(build, package)
    assert f"Replaces {link}, a link to ../../../lib/libOther.so.4.0" in install_and_listen(build, root)
    assert "Replaces" not in install_and_listen(build, package)
    assert uninstall(build, root).returncode == 0
    assert [path for path in root.rglob("*") if path.is_symlink() or path.is_file()] == [link]
    assert str(link.readlink()) == "../../../lib/libOther.so.4.0"
    assert (package / "usr/share/orthanc/plugins/libOrthancPython.so").is_symlink()
    assert uninstall(build, package).returncode == 0
    assert not [path for path in package.rglob("*") if path.is_symlink() or path.is_file()]


def test_what_is_not_in_destdir_is_not_uninstalled(linked_plugin: Path, tmp_path: Path) -> None:
    build, prefix = configured(linked_plugin, tmp_path / "build"), tmp_path / "prefix"
    link = prefix / "share/orthanc/plugins/libOrthancPython.so"
    link.parent.mkdir(parents=True)
    link.symlink_to("../../../lib/libOther.so.4.0")
    assert "Replaces" not in install_and_listen(build, tmp_path / "package", prefix)
    done = uninstall(build, None)
    assert done.returncode == 1 and "Nothing is installed from" in done.stderr and "DESTDIR" in done.stderr
    assert str(link.readlink()) == "../../../lib/libOther.so.4.0"
    assert f"Replaces {link}, a link to ../../../lib/libOther.so.4.0" in install_and_listen(build, None, prefix)
    assert uninstall(build, None).returncode == 0
    assert str(link.readlink()) == "../../../lib/libOther.so.4.0"


def test_uninstall_leaves_what_others_have_put_beside(linked_plugin: Path, tmp_path: Path) -> None:
    """Also in folders whose names have characters that are patterns for CMake."""
    build, root = configured(linked_plugin, tmp_path / "build"), tmp_path / "[x]*" / "orthanc-python" / "root"
    install_and_listen(build, root)
    others = [root / "usr/share/doc/orthanc-python/local.txt", root.parent / "beside.txt"]
    for other in others:
        other.touch()
    assert uninstall(build, root).returncode == 0
    assert {path for path in root.parent.rglob("*") if path.is_symlink() or path.is_file()} == set(others)


def with_destdir(root: Path | None) -> dict[str, str]:
    return {**os.environ, "DESTDIR": str(root or "")}


def install_and_listen(build: Path, root: Path | None, prefix: Path = Path("/usr")) -> str:
    command = ["cmake", "--install", str(build), "--prefix", str(prefix)]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=with_destdir(root)).stdout


def uninstall(build: Path, root: Path | None) -> subprocess.CompletedProcess[str]:
    command = ["cmake", "--build", str(build), "--target", "uninstall"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=with_destdir(root))


def test_as_a_subproject(linked_plugin: Path, tmp_path: Path) -> None:
    """It changes nothing of the project that it is a part of."""
    (tmp_path / "CMakeLists.txt").write_text(
        f"""cmake_minimum_required(VERSION 3.24)
project(parent LANGUAGES CXX)
add_subdirectory({ROOT} plugin)
message(STATUS "build type: '${{CMAKE_BUILD_TYPE}}', modules: '${{CMAKE_MODULE_PATH}}'")
file(GLOB made RELATIVE ${{CMAKE_BINARY_DIR}} ${{CMAKE_BINARY_DIR}}/*)
message(STATUS "made: ${{made}}")
"""
    )
    said = run(["cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja", *options_of(linked_plugin)])
    assert "build type: '', modules: ''" in said
    (made,) = re.findall("made: (.*)", said)
    assert set(made.split(";")) <= {"CMakeCache.txt", "CMakeFiles", "plugin"}
