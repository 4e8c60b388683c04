# SPDX-License-Identifier: GPL-3.0-or-later
"""Lives of a `cmake --install`: after them, `uninstall` brings back the files of others, and leaves none of ours."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, run
from machine import NAMES, OUR_LINK, OWN_FOLDERS, Machine, content, contents, libraries, make_builds, names_of
from test_cmake_install import options_of, uninstall, with_destdir


@pytest.fixture(scope="session")
def builds(linked_plugin: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Configure the builds once, for all tests."""
    return make_builds(linked_plugin, tmp_path_factory.mktemp("builds"))


@pytest.fixture
def machine(builds: dict[str, Path], tmp_path: Path) -> Machine:
    """A machine on which nothing was installed from the builds."""
    for build in builds.values():
        for name in ("installed", "replaced"):
            shutil.rmtree(build / name, ignore_errors=True)
    return Machine(builds, tmp_path)


# Steps: b1 installs the first build of the folder b, -b is its target uninstall, lib=x puts x in the library's place, rm
# removes both, "b1 later" and "b1 killed" are interrupted.
LIVES = {
    "over nothing": (["b1", "-b"], {}),
    "upgraded": (["b1", "b2", "-b"], {}),
    "again": (["b1", "-b", "b2", "-b"], {}),
    "over a file": (["lib=other", "b1", "b2", "-b"], {"lib": "other"}),
    "over a file again": (["lib=other", "b1", "-b", "b2", "-b"], {"lib": "other"}),
    "over a link": (["link=-> ../other.so.4.0", "b1", "b2", "-b"], {"link": "-> ../other.so.4.0"}),
    "over links in both places": (["lib=-> /none", "link=-> x", "b1", "b2", "-b"], {"lib": "-> /none", "link": "-> x"}),
    "over an empty file": (["lib=", "link=", "b1", "b2", "-b"], {"lib": "", "link": ""}),
    "two folders": (["b1", "c1", "-c"], {"lib": "b1", "link": OUR_LINK}),
    "two folders, both uninstalled": (["lib=other", "b1", "c1", "-c", "-b"], {"lib": "other"}),
    "two folders, upgraded": (["b1", "c1", "c2", "-c", "b2"], {"lib": "b2", "link": OUR_LINK}),
    "overwritten": (["b1", "lib=new", "link=-> new", "-b"], {"lib": "new", "link": "-> new"}),
    "overwritten, then installed": (["b1", "lib=new", "b2", "-b"], {"lib": "new"}),
    "a package's upgrade": (["link=-> 4.0", "b1", "link=-> 5.0", "b2", "b3", "-b"], {"link": "-> 5.0"}),
    "a package's upgrade, then uninstalled": (["link=-> 4.0", "b1", "link=-> 5.0", "-b"], {"link": "-> 5.0"}),
    "a package's upgrade between": (["lib=4", "b1", "-b", "lib=5", "b2", "-b"], {"lib": "5"}),
    "a removed package": (["lib=other", "link=-> other", "b1", "rm", "b1", "b2", "-b"], {}),
    "a removed package, both uninstalled": (["lib=other", "link=-> other", "b1", "-b", "rm", "b1", "-b"], {}),
    **{
        f"{way} {name}": ([*before, *interrupted, *after], left)
        for way in ("later", "killed")
        for name, before, left in [
            ("over nothing", [], {}),
            ("over a file", ["lib=x", "link=-> y"], {"lib": "x", "link": "-> y"}),
        ]
        for interrupted in ([f"b1 {way}", f"b2 {way}"],)
        for after in (["b3", "-b"],)
    },
    "uninstalled after an interruption": (["b1 later", "-b"], {}),
    "killed over a file, uninstalled": (["lib=x", "b1 killed", "-b"], {"lib": "x"}),
    "two folders, the former uninstalled first": (["b1", "c1", "-b"], {"lib": "c1"}),
    "two folders over another's": (["lib=x", "link=-> y", "b1", "c1", "-c", "-b"], {"lib": "x", "link": "-> y"}),
    "a package's upgrade after an interruption": (["lib=4", "b1 killed", "lib=5", "b2", "-b"], {"lib": "5"}),
    "a package's file after an interruption": (["b1 later", "lib=5", "b2", "-b"], {"lib": "5"}),
    "a package's file after an interruption, uninstalled": (["b1 later", "lib=5", "-b"], {"lib": "5"}),
    "a link to a folder": (["lib=-> ..", "b1", "lib=-> .", "b2", "-b"], {"lib": "-> ."}),
    "an interrupted upgrade": (["lib=x", "b1", "b2 killed", "b3", "-b"], {"lib": "x"}),
}


@pytest.mark.parametrize(("steps", "left"), LIVES.values(), ids=LIVES)
def test_life(machine: Machine, steps: list[str], left: dict[str, str]) -> None:
    for step in steps:
        machine.do(step)
    assert libraries(machine.prefix) == left
    alive = left.get("link") == OUR_LINK
    assert any(name.startswith(OWN_FOLDERS) for name in contents(machine.prefix)) == alive
    assert not alive or (machine.prefix / NAMES["link"]).exists()


def test_identical_libraries_of_two_folders(machine: Machine) -> None:
    for name in ("b", "c"):
        machine.install(name, "same")
    assert uninstall(machine.builds["c"], None).returncode == 0
    assert libraries(machine.prefix) == {"lib": "same", "link": OUR_LINK}
    assert (machine.prefix / NAMES["link"]).exists()
    assert uninstall(machine.builds["b"], None).returncode == 0
    assert contents(machine.prefix) == {}


@pytest.mark.parametrize("spelling", ["usr", "./usr/", "{}//usr", "/{}/usr", "{}/x/../usr", "gone/../usr", "to_deep/../../usr"])
def test_all_spellings_of_the_prefix_are_one(machine: Machine, spelling: str) -> None:
    (machine.folder / "x").mkdir()
    (machine.folder / "deep" / "er").mkdir(parents=True)
    (machine.folder / "to_deep").symlink_to("deep/er")
    machine.put("lib", "other")
    for number, prefix in enumerate(["", spelling, ""]):
        machine.install("b", f"b{number}", prefix.format(machine.folder))
        assert libraries(machine.prefix)["lib"] == f"b{number}"
    assert uninstall(machine.builds["b"], None).returncode == 0
    assert libraries(machine.prefix) == {"lib": "other"}


def test_the_root_as_the_prefix(machine: Machine) -> None:
    """CMake has an empty prefix then."""
    machine.install("b", "b1", "/", machine.prefix)
    assert libraries(machine.prefix) == {"lib": "b1", "link": OUR_LINK}
    assert uninstall(machine.builds["b"], machine.prefix).returncode == 0


@pytest.mark.parametrize("name", ["a b", "[x]*", "[x;y", "ä%5B|]", '$x"', "back\\slash"])
@pytest.mark.parametrize("place", ["destdir", "prefix"])
def test_unusual_folders(machine: Machine, name: str, place: str) -> None:
    root = machine.folder / name if place == "destdir" else None
    machine.prefix = machine.folder / name / "usr"
    machine.put("lib", "other")
    machine.put("link", "-> a;b [c")
    for text in ("b1", "b2"):
        machine.install("b", text, "/usr" if root else "", root)
    assert libraries(machine.prefix) == {"lib": "b2", "link": OUR_LINK}
    assert uninstall(machine.builds["b"], root).returncode == 0
    assert contents(machine.prefix) == {NAMES["lib"]: "other", NAMES["link"]: "-> a;b [c"}


@pytest.mark.parametrize("key", NAMES)
def test_a_folder_in_the_way_is_refused_before_anything_is_written(machine: Machine, key: str) -> None:
    folder = machine.prefix / NAMES[key]
    folder.mkdir(parents=True)
    done = machine.try_install("b", "b1")
    message = f"{folder} is not a file. Move it away, then install again. Nothing was written"
    assert done.returncode == 1 and message in done.stderr
    assert contents(machine.prefix) == {}


def test_a_file_in_the_place_of_a_folder_is_refused(machine: Machine) -> None:
    other = machine.prefix / "share" / "orthanc-python"
    other.parent.mkdir(parents=True)
    other.write_text("another's")
    assert f"{other} is not a folder. Move it away" in machine.try_install("b", "b1").stderr
    assert contents(machine.prefix) == {"share/orthanc-python": "another's"}
    other.unlink()
    machine.do("b1")
    shutil.rmtree(other)
    other.write_text("another's")
    machine.do("-b")
    assert contents(machine.prefix) == {"share/orthanc-python": "another's"}


def test_a_missing_library_is_refused_before_anything_is_written(machine: Machine) -> None:
    machine.put("lib", "4")
    pyi = machine.build("b", "b1") / "orthanc.pyi"
    pyi.rename(pyi.with_suffix(".away"))
    try:
        assert machine.try_install("b", "b1").returncode == 1
    finally:
        pyi.with_suffix(".away").rename(pyi)
    assert contents(machine.prefix) == {NAMES["lib"]: "4"}


@pytest.mark.parametrize("fault", ["LIMIT", "DENY"])
def test_an_installation_that_fails_writes_nothing(machine: Machine, fault: str) -> None:
    """The disk is full, or the folder of the links cannot be written to."""
    machine.put("lib", "other")
    machine.put("link", before := "other" * 20_000)
    value = {"LIMIT": "60000", "DENY": str(machine.prefix / "share" / "orthanc")}[fault]
    done = machine.try_install("b", "b1", **{fault: value})
    assert done.returncode == 1 and ("Permission denied" if fault == "DENY" else "File too large") in done.stderr
    assert "Replaces" not in done.stdout
    assert contents(machine.prefix) == {NAMES["lib"]: "other", NAMES["link"]: before}
    machine.do("b1")
    machine.do("-b")
    assert contents(machine.prefix) == {NAMES["lib"]: "other", NAMES["link"]: before}
    assert contents(machine.builds["b"] / "replaced") == {}


def sweep(machine: Machine, attempt: str) -> None:
    """Kill a command at each of its operations. After each, a foreign file is in its place or comes back by uninstall."""
    for number in range(1, 2000, 31):  # most operations are those of the samples
        machine.do("lib=x")
        machine.do("link=-> y")
        if attempt == "uninstall":
            machine.do("b1")
            done = machine.try_uninstall("b", KILL=str(number))
        else:
            done = machine.try_install("b", "b1", KILL=str(number))
        if number % 2 and (machine.builds["b"] / "installed").is_dir():
            machine.do("b2")
        if list((machine.builds["b"] / "installed").glob("*.json")):
            machine.do("-b")
        assert contents(machine.prefix) == {NAMES["lib"]: "x", NAMES["link"]: "-> y"}, number
        if done.returncode == 0:
            break
    assert number > 100


@pytest.mark.parametrize("attempt", ["install", "uninstall"])
def test_a_kill_at_any_operation(machine: Machine, attempt: str) -> None:
    sweep(machine, attempt)


def test_uninstall_says_what_it_does(machine: Machine) -> None:
    machine.put("lib", "other")
    machine.install("b", "b1")
    machine.put("lib", "new")
    said = machine.try_uninstall("b").stdout
    library, kept = machine.prefix / NAMES["lib"], machine.builds["b"] / "replaced" / str(machine.prefix / NAMES["lib"])[1:]
    hint = f"The file that was there before stays in {kept}"
    assert f"Left: {library}, because it is not what was installed. {hint}" in said
    assert f"Removed: {machine.prefix / NAMES['link']}" in said
    assert content(kept) == "other"
    machine.install("b", "b2")
    assert f"Brought back: {library}" in machine.try_uninstall("b").stdout
    assert content(library) == "new" and content(kept) == "other"  # none is ever overwritten
    machine.install("b", "b3")
    library.unlink()
    number = kept.with_name(f"{kept.name}.1")
    assert f"Not there any more: {library}. The file that was there before stays in {number}" in machine.install("b", "b3")
    assert content(number) == "new"


def test_files_of_others_beside_stay(machine: Machine) -> None:
    """Also names like those of our copies, and links to nothing in folders of ours."""
    machine.put("lib", "other")
    machine.install("b", "b1")
    part, dangling = machine.prefix / "lib/orthanc/libOrthancPython.so.0.part", machine.prefix / "share/orthanc-python/x"
    part.touch()
    dangling.symlink_to("nothing")
    machine.do("-b")
    assert set(contents(machine.prefix)) == {
        NAMES["lib"],
        *(str(each.relative_to(machine.prefix)) for each in (part, dangling)),
    }


def test_folders_of_others_stay_also_when_empty(machine: Machine) -> None:
    machine.prefix = machine.folder / "orthanc-python"
    (machine.prefix / "share" / "orthanc-python").mkdir(parents=True)
    machine.do("b1")
    machine.do("-b")
    assert (machine.prefix / "share" / "orthanc-python").is_dir() and not (machine.prefix / "share/doc").exists()


@pytest.mark.parametrize("fault", ["LIMIT", "DENY"])
def test_uninstall_goes_on_after_a_failure(machine: Machine, fault: str) -> None:
    """A kept file that cannot be brought back leaves ours in the place."""
    machine.put("lib", other := "other" * 20_000)
    machine.do("b1")
    library = machine.prefix / NAMES["lib"]
    done = machine.try_uninstall("b", **{fault: {"LIMIT": "60000", "DENY": str(library.parent)}[fault]})
    assert done.returncode == 1 and f"Not done: {library}" in done.stdout and "1 files are still" in done.stderr
    assert contents(machine.prefix) == {NAMES["lib"]: "b1"}
    machine.do("-b")
    assert contents(machine.prefix) == {NAMES["lib"]: other}


def test_what_came_back_may_change_before_a_repetition(machine: Machine) -> None:
    machine.put("lib", "other")
    machine.do("b1")
    assert machine.try_uninstall("b", KILL=NAMES["lib"]).returncode != 0
    machine.put("lib", "newer")
    machine.do("-b")
    assert contents(machine.prefix) == {NAMES["lib"]: "newer"}


def test_two_builds_in_turn_lose_no_file(machine: Machine) -> None:
    """The first build's uninstall brings the second's library back, so it is said where the first file stays."""
    machine.put("lib", "other")
    machine.do("b1")
    machine.do("c1")
    said = machine.install("b", "b2")
    library, kept = machine.prefix / NAMES["lib"], machine.builds["b"] / "replaced" / str(machine.prefix / NAMES["lib"])[1:]
    assert f"-- Another file has come to {library}" in said and f"The file that was there before stays in {kept}\n" in said
    machine.do("-b")
    assert content(library) == "c1" and content(kept) == "other"


@pytest.mark.parametrize("mode", ["SYMLINK", "REL_SYMLINK", "SYMLINK_OR_COPY"])
def test_no_links_to_the_build_folder(machine: Machine, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("CMAKE_INSTALL_MODE", mode)
    machine.do("b1")
    assert libraries(machine.prefix) == {"lib": "b1", "link": OUR_LINK}
    assert [name for name, text in contents(machine.prefix).items() if text.startswith("-> ")] == [NAMES["link"]]
    machine.do("-b")
    assert contents(machine.prefix) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_the_owner_of_the_build_gets_what_root_has_made_there(machine: Machine) -> None:
    """Else he could not install again, nor delete the build. What is kept of another's file has its owner."""
    build, in_the_way = machine.builds["b"], machine.prefix / NAMES["link"]
    kept = build / "replaced" / str(machine.prefix / NAMES["lib"])[1:]
    (build / "install_manifest.txt").unlink(missing_ok=True)

    def of_others() -> list[Path]:
        folders = [build / "installed", build / "replaced"]
        paths = [*folders, build / "install_manifest.txt", *(path for folder in folders for path in folder.rglob("*"))]
        return [path for path in paths if path.exists() and path.stat().st_uid != 1234]

    machine.put("lib", "other")
    try:
        os.chown(build, 1234, 1234)
    except OSError as error:
        pytest.skip(f"this root has one account: {error}")
    try:
        in_the_way.mkdir(parents=True)
        machine.try_install("b", "b1")
        assert (build / "installed" / "lock").exists() and of_others() == []
        in_the_way.rmdir()
        machine.do("b1")
        assert (build / "install_manifest.txt").exists() and of_others() == [kept]
        machine.do("-b")
        assert of_others() == []
    finally:
        os.chown(build, 0, 0)


def test_what_is_unchanged_is_not_replaced(machine: Machine) -> None:
    """Windows could not replace a library that Orthanc has loaded."""

    def states() -> dict[str, tuple[int, int]]:
        found = {name: (machine.prefix / name).lstat() for name in contents(machine.prefix)}
        return {name: (status.st_ino, status.st_ctime_ns) for name, status in found.items()}

    machine.do("b1")
    before = states()
    assert "-- Installing" not in machine.install("b", "b1") and states() == before
    said = machine.install("b", "b2")
    assert said.count("-- Installing") == 1 and f"-- Installing: {machine.prefix / NAMES['lib']}\n" in said
    assert {name for name, state in states().items() if state != before[name]} == {NAMES["lib"]}
    (machine.prefix / "share/licenses/orthanc-python/LICENSE").unlink()
    machine.do("b2")
    assert states().keys() == before.keys()


def test_a_file_of_the_same_second_and_size_is_replaced(machine: Machine) -> None:
    """CMake takes it for up to date."""
    machine.put("lib", "xx")
    status = (machine.build("b", "b1") / "libOrthancPython.so").stat()
    os.utime(machine.prefix / NAMES["lib"], (status.st_mtime, status.st_mtime))
    command = ["cmake", "--install", str(machine.builds["b"]), "--prefix", str(machine.prefix)]
    subprocess.run(command, check=True, capture_output=True, env=with_destdir(None))
    assert content(machine.prefix / NAMES["lib"]) == "b1"
    machine.do("-b")
    assert contents(machine.prefix) == {NAMES["lib"]: "xx"}


def test_installations_at_once(machine: Machine) -> None:
    build = machine.build("b", "b1")
    commands = [["cmake", "--install", str(build), "--prefix", str(machine.folder / name)] for name in ("x", "y")]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, env=with_destdir(None)) for command in commands]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert contents(machine.folder / "x") == contents(machine.folder / "y") != {}
    machine.do("-b")
    assert contents(machine.folder / "x") == contents(machine.folder / "y") == {}


def test_links_are_not_followed(machine: Machine) -> None:
    folder, file = machine.folder / "target", machine.folder / "file"
    folder.mkdir()
    file.write_text("another's")
    machine.put("lib", f"-> {folder}")
    machine.put("link", f"-> {file}")
    os.link(file, machine.prefix / "share/orthanc/plugins/other.so")
    machine.do("b1")
    assert not list(folder.iterdir()) and content(file) == "another's" and content(machine.prefix / NAMES["lib"]) == "b1"
    machine.do("-b")
    assert libraries(machine.prefix) == {
        "lib": f"-> {folder}",
        "link": f"-> {file}",
        "share/orthanc/plugins/other.so": "another's",
    }


def test_what_comes_back_has_its_mode_time_and_owner(machine: Machine) -> None:
    machine.put("lib", "other")
    library = machine.prefix / NAMES["lib"]
    if os.geteuid() == 0:
        os.chown(library, 1234, 1234)
    library.chmod(0o640)
    os.utime(library, (1_000_000_000, 1_000_000_000))
    before = library.stat()
    machine.do("b1")
    assert library.stat().st_mode & 0o777 == 0o644 and library.stat().st_uid == os.geteuid()
    assert int(library.stat().st_mtime) == int((machine.builds["b"] / "libOrthancPython.so").stat().st_mtime)
    machine.do("-b")
    after = library.stat()
    assert (after.st_mode, after.st_mtime, after.st_uid) == (before.st_mode, before.st_mtime, before.st_uid)


def test_the_package_of_a_file_is_named(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.do("lib=x")
    machine.do("link=-> y")
    library, link = (machine.prefix / name for name in NAMES.values())
    (machine.folder / "dpkg-query").write_text(f"#!/bin/sh\necho diversion by z from: {library}\necho a, b:amd64: {library}\n")
    (machine.folder / "dpkg-query").chmod(0o755)
    monkeypatch.setenv("PATH", f"{machine.folder}:{os.environ['PATH']}")
    said = machine.install("b", "b1")
    assert (
        f"-- Replaces {library}, of the package a, b:amd64. To bring it back: cmake --build {machine.builds['b']} --tar" in said
    )
    assert f"-- Replaces {link}, a link to y. To bring it back" in said


def test_every_installed_file_is_recorded(linked_plugin: Path, tmp_path: Path) -> None:
    """Also the plugin that the loader opens. CMake's manifest names the places below the prefix."""
    loader = tmp_path / "libOrthancPython.so"
    loader.write_bytes(linked_plugin.read_bytes())
    build, root = tmp_path / "build", tmp_path / "root"
    options = [option for option in options_of(linked_plugin) if "PYTHON_LIBRARY:" not in option]
    command = ["cmake", "-S", ROOT, "-B", build, "-G", "Ninja", *options, "-DPYTHON_LINK=OFF", f"-DLOADER={loader}"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    (build / "orthanc.pyi").touch()
    plugin = next(path for path in (build / "build.ninja").read_text(encoding="utf-8").split() if path.endswith(".so"))
    (build / plugin).parent.mkdir(parents=True, exist_ok=True)
    (build / plugin).write_bytes(linked_plugin.read_bytes())
    command = ["cmake", "--install", str(build), "--prefix", "/usr"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=with_destdir(root))
    assert done.returncode == 0, done.stderr
    (recorded,) = (build / "installed").glob("*.json")
    names = set(json.loads(recorded.read_text(encoding="utf-8"))["files"])
    manifest = (build / "install_manifest.txt").read_text(encoding="utf-8").split()
    assert {f"{root}{name}" for name in manifest} == names == {str(root / name) for name in names_of(root)}
    assert all(f"-- Installing: {name}\n" in done.stdout for name in names)
    assert any("/OrthancPython/OrthancPython-python" in name for name in names)
    assert uninstall(build, root).returncode == 0
    assert names_of(root) == set()


def test_in_a_parent_project(linked_plugin: Path, tmp_path: Path) -> None:
    """The parent's target uninstall, variables and options hold for the parent, and its files are in the manifest too."""
    (tmp_path / "a").touch()
    (tmp_path / "CMakeLists.txt").write_text(f"""cmake_minimum_required(VERSION 3.24)
project(parent LANGUAGES CXX)
add_custom_target(uninstall COMMAND ${{CMAKE_COMMAND}} -E echo of-parent)
set(CMAKE_INSTALL_MESSAGE NEVER)
set(python no-such-program)
install(FILES a DESTINATION share/parent)
add_subdirectory({ROOT} plugin)
install(FILES a DESTINATION share/parent RENAME b)
""")
    build, root = tmp_path / "build", tmp_path / "root"
    run(["cmake", "-S", tmp_path, "-B", build, "-G", "Ninja", *options_of(linked_plugin)])
    for name in ("libOrthancPython.so", "orthanc.pyi"):
        (build / "plugin" / name).touch()
    link = root / "usr" / NAMES["link"]
    link.parent.mkdir(parents=True)
    link.symlink_to("other")
    command = ["cmake", "--install", str(build), "--prefix", "/usr"]
    environment = {**with_destdir(root), "CMAKE_INSTALL_MODE": "SYMLINK"}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    assert "Installing" not in said
    manifest = (build / "install_manifest.txt").read_text(encoding="utf-8").split()
    of_parent = {"usr/share/parent/a", "usr/share/parent/b"}
    assert names_of(root) == {name[1:] for name in manifest} > {*of_parent, *map("usr/{}".format, NAMES.values())}
    assert all((root / name).is_symlink() for name in of_parent)
    assert "of-parent" in run(["cmake", "--build", build, "--target", "uninstall"])
    (command_that_was_said,) = re.findall("To bring it back: (.*)", said)
    subprocess.run(shlex.split(command_that_was_said), check=True, capture_output=True, env=environment)
    assert names_of(root) == {*of_parent, f"usr/{NAMES['link']}"} and content(link) == "-> other"


def test_strip(machine: Machine) -> None:
    """The identity is that of the stripped library."""
    build = machine.build("b", "b1")
    source = machine.folder / "a.c"
    source.write_text("int with_a_name(void) { return 1; }")
    subprocess.run(["cc", "-g", "-shared", "-fPIC", str(source), "-o", str(build / "libOrthancPython.so")], check=True)
    command = ["cmake", "--install", str(build), "--strip", "--prefix", str(machine.prefix)]
    subprocess.run(command, check=True, capture_output=True, env=with_destdir(None))
    before, after = (path.read_bytes() for path in (build / "libOrthancPython.so", machine.prefix / NAMES["lib"]))
    assert b".symtab" in before and b".symtab" not in after and b"with_a_name" in after
    machine.do("-b")
    assert contents(machine.prefix) == {}
