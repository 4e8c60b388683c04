# SPDX-License-Identifier: GPL-3.0-or-later
"""What `cmake --install` gives to who packages the plugin for a distribution: files below DESTDIR, laid out as usual."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import lief
import pytest
from conftest import ROOT, run

SAMPLES = {f"usr/share/doc/orthanc-python/examples/{path.name}" for path in (ROOT / "samples").iterdir() if path.is_file()}
COMMON = SAMPLES | {
    "usr/share/doc/orthanc-python/README.md",
    "usr/share/licenses/orthanc-python/LICENSE",
    "usr/share/orthanc-python/orthanc.pyi",
}


def install(build: Path, destination: Path) -> dict[str, Path]:
    """Installs a build: the files and links, by their paths from the root."""
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
    found = sorted((ROOT / "build" / "bundle").glob("build-3.*/CMakeCache.txt"))
    if not found:
        pytest.exit(f"there is no build in {ROOT / 'build' / 'bundle'}: run ci/bundle build/bundle", returncode=2)
    return found[0].parent


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


def test_folders_can_be_chosen(linked_plugin: Path, tmp_path: Path) -> None:
    """Only configured anew: the libraries are those of the build."""
    build = tmp_path / "build"
    cache = (linked_plugin.parent / "CMakeCache.txt").read_text(encoding="utf-8")
    kept = ("PYTHON_LIBRARY:", "PYTHON_INCLUDE_DIR:", "PYTHON_VERSION:", "ORTHANC_SDK_ROOT:")
    options = [f"-D{line}" for line in cache.splitlines() if line.startswith(kept)]
    chosen = ["-DCMAKE_INSTALL_LIBDIR=lib64", "-DORTHANC_PYTHON_INSTALL_PLUGINDIR=lib64/orthanc/plugins"]
    run(
        [
            "cmake",
            "-S",
            ROOT,
            "-B",
            build,
            "-G",
            "Ninja",
            *options,
            *chosen,
            "-DORTHANC_PYTHON_INSTALL_DOCDIR=share/doc/packages/x",
        ]
    )
    for name in ("libOrthancPython.so", "orthanc.pyi"):
        (build / name).write_bytes((linked_plugin.parent / name).read_bytes())
    files = install(build, tmp_path / "root")
    assert links_of(files) == {"usr/lib64/orthanc/plugins/libOrthancPython.so": "../libOrthancPython.so"}
    assert {"usr/lib64/orthanc/libOrthancPython.so", "usr/share/doc/packages/x/README.md"} <= set(files)
