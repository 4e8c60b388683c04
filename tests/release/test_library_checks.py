# SPDX-License-Identifier: GPL-3.0-or-later
"""Each check of a built library, with a description of a library that has that fault alone: no toolchain is needed."""

from __future__ import annotations

import ast
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lief
import pytest

from orthanc_release.inspection.model import Inspection, problems_of_libraries
from orthanc_release.libraries import checks, read
from orthanc_release.libraries.builder_paths import paths_in
from orthanc_release.libraries.checks import EXPORTS, Checked, Promise, _problems_of, _problems_of_abouts, check_library
from orthanc_release.libraries.elf_fields import COMPILER
from orthanc_release.libraries.model import Library, hidden_bytes, problems_of_size
from orthanc_release.libraries.pe_headers import (
    DOS_HEADERS,
    _problems_of_certificates,
    _problems_of_dos,
    _size_of_der,
    is_list_of_tools,
)
from orthanc_release.libraries.read import About
from orthanc_release.targets import read_targets

TARGETS = read_targets()
LINUX, WINDOWS, MACOS = (TARGETS[name] for name in ("linux-x86_64", "windows-x86_64", "macos-arm64"))
PROMISES = {target.system: Promise(target, "3.13", True, "0.1.0") for target in (LINUX, WINDOWS, MACOS)}
RESOURCE = {
    "CompanyName": "orthanc-python",
    "FileDescription": "Runs Python 3.13 scripts in Orthanc",
    "FileVersion": "0.1.0",
    "File number": "0.1.0.0",
    "InternalName": "OrthancPython",
    "LegalCopyright": "GPL-3.0-or-later",
    "OriginalFilename": WINDOWS.loader,
    "ProductName": "orthanc-python",
    "ProductVersion": "0.1.0",
    "Product number": "0.1.0.0",
    "PythonVersion": "3.13",
}
GOOD = {
    "linux": Library("linux", "x86_64", EXPORTS, {"libc.so.6", "libgcc_s.so.1", "libpython3.13.so.1.0"}, (2, 17)),
    "windows": Library("windows", "x86_64", EXPORTS, {"KERNEL32.dll", "python313.dll"}, (6, 0), version_resource=RESOURCE),
    "macos": Library(
        "macos",
        "arm64",
        EXPORTS,
        {"/usr/lib/libSystem.B.dylib", "@rpath/libpython3.13.dylib"},
        (11, 0),
        run_paths=checks.run_paths_of(PROMISES["macos"]),
        signed=True,
    ),
}
NEXT = {"linux": (2, 29), "windows": (6, 1), "macos": (11, 1)}
# By the system, what is changed, and what is said of it.
FAULTS: list[tuple[str, dict[str, Any], str]] = [
    ("linux", {"system": "windows"}, "is for windows, its name says linux"),
    ("linux", {"processor": "arm64"}, "is for the processor arm64, its name says x86_64"),
    ("linux", {"dependencies": {"libpython3.12.so.1.0"}}, "is for CPython 3.12, its name says 3.13"),
    ("linux", {"dependencies": {"libpython3.13t.so.1.0"}}, "is for CPython 3.13t, its name says 3.13"),
    ("linux", {"faults": ["has no section headers"]}, "has no section headers"),
    ("linux", {"exports": {*EXPORTS, "main"}}, "exports OrthancPluginFinalize, "),
    ("linux", {"exports": EXPORTS - {"OrthancPluginFinalize"}}, "exports OrthancPluginGetName, "),
    ("linux", {"exports": set()}, "exports nothing"),
    ("linux", {"minimum": ()}, "does not say the oldest linux that it needs"),
    ("linux", {"dependencies": {"libc.so.6"}}, "does not need a libpython, and stands alone by its name"),
    *(
        ("linux", {"dependencies": {"libpython3.13.so.1.0", name}}, f"needs {name}")
        for name in (
            "libstdc++.so.6",
            "libgcc_s.so.2",
            "libc.so.5",
            "libm.so.1",
            "libc.so",
            "libcrypt.so.1",
            "/lib/libc.so.6",
            "libm.so.6.evil",
        )
    ),
    ("windows", {"dependencies": {"python313.dll", "VCRUNTIME140.dll"}}, "needs VCRUNTIME140.dll"),
    ("macos", {"dependencies": {"@rpath/libpython3.13.dylib", "/usr/lib/libz.1.dylib"}}, "needs /usr/lib/libz.1.dylib"),
    *(
        (system, {"minimum": minimum}, f"needs {system} {'.'.join(map(str, minimum))}, not ")
        for system, minimum in NEXT.items()
    ),
    ("linux", {"weaknesses": {"no RELRO", "executable stack"}}, "executable stack, no RELRO"),
    ("linux", {"run_paths": {"/opt/lib"}}, "has the run path /opt/lib"),
    ("macos", {"run_paths": set()}, "lacks the run path "),
    ("linux", {"own_name": "libOther.so"}, "calls itself libOther.so, not libOrthancPython.so"),
    ("windows", {"version_resource": {}}, "has no version resource"),
    ("macos", {"signed": False}, "has no code signature"),
    *(
        ("windows", {"version_resource": {**RESOURCE, key: "another"}}, f"has {key} another in its version resource, not ")
        for key in RESOURCE
    ),
    *(
        (
            "windows",
            {"version_resource": {each: text for each, text in RESOURCE.items() if each != key}},
            f"has {key} None in its",
        )
        for key in RESOURCE
    ),
    ("windows", {"version_resource": {**RESOURCE, "Comments": "more"}}, "has Comments more in its version resource, not None"),
]
ABOUT = About("0.1.0", "3.13", "1.13.0", "Clang 20.1.2", "Linux x86_64")
ABOUT_FAULTS: list[tuple[list[About], str]] = [
    ([], "does not say what it is"),
    ([ABOUT, ABOUT], "says 2 times what it is"),
    ([replace(ABOUT, version="0.2.0")], "is version 0.2.0, its name says 0.1.0"),
    ([replace(ABOUT, python="3.12")], "is for CPython 3.12, its name says 3.13"),
    ([replace(ABOUT, python=checks.ANY_PYTHON)], "is for CPython the one that it finds, its name says 3.13"),
    ([ABOUT, replace(ABOUT, sdk="1.12.0")], "was built with SDK 1.12.0 and Clang 20.1.2, SDK 1.13.0 and Clang 20.1.2"),
    ([replace(ABOUT, system="Linux aarch64")], "says that it is for linux arm64, and is for linux x86_64"),
    ([replace(ABOUT, compiler="Clang 99.1.2")], "says that Clang 99.1.2 compiled it, and has the comment "),
    ([replace(ABOUT, compiler="Clang 0.1.2")], "says that Clang 0.1.2 compiled it, and has the comment "),
]


def problems(library: Library, system: str, folder: Path, content: bytes = b"") -> list[str]:
    file = folder / "library"
    file.write_bytes(content)
    return list(_problems_of([library], PROMISES[system], file))


@pytest.mark.parametrize("system", GOOD)
def test_nothing_is_wrong(system: str, tmp_path: Path) -> None:
    assert problems(GOOD[system], system, tmp_path) == []


@pytest.mark.parametrize("version", ["0.1.0rc1", "0.1.0.post2", "0.1.0a1.dev3"])
def test_a_resource_of_a_prerelease(version: str, tmp_path: Path) -> None:
    """Windows' numbers have no place for a pre-release. The texts name it."""
    promise = replace(PROMISES["windows"], version=version)
    resource = {**RESOURCE, "FileVersion": version, "ProductVersion": version}
    for known in (promise, replace(promise, version=None)):
        assert list(checks._problems_of_resource(resource, known)) == []
    wrong = {**resource, "File number": f"{version}.0"}
    assert list(checks._problems_of_resource(wrong, promise)) == [
        f"has File number {version}.0 in its version resource, not 0.1.0.0"
    ]


def test_oldest_systems(tmp_path: Path) -> None:
    for target in (LINUX, MACOS):
        exactly = tuple(map(int, target.minimum.split(".")))
        assert problems(replace(GOOD[target.system], minimum=exactly), target.system, tmp_path) == []


# The default of Microsoft's linker, that takes no older one. zig's writes 6.0 for all of them.
OLDEST_OF_MSVC = {"x86": (6, 0), "x86_64": (6, 0), "arm64": (6, 2)}


@pytest.mark.parametrize("name", [target.name for target in TARGETS.values() if target.system == "windows"])
def test_oldest_windows_of_linkers(name: str, tmp_path: Path) -> None:
    target = TARGETS[name]
    file = tmp_path / "library"
    file.touch()
    least = OLDEST_OF_MSVC[target.processor]
    for minimum in (least, (6, 0)):
        library = replace(GOOD["windows"], processor=target.processor, minimum=minimum)
        assert list(_problems_of([library], Promise(target, "3.13", True, "0.1.0"), file)) == []
    newer = replace(GOOD["windows"], processor=target.processor, minimum=(6, least[1] + 1))
    assert len(list(_problems_of([newer], Promise(target, "3.13", True, "0.1.0"), file))) == 1


@pytest.mark.parametrize(("system", "changes", "text"), FAULTS)
def test_fault(system: str, changes: dict[str, Any], text: str, tmp_path: Path) -> None:
    found = problems(replace(GOOD[system], **changes), system, tmp_path)
    assert any(each.startswith(text) for each in found), found


def test_path_of_a_builder(tmp_path: Path) -> None:
    found = problems(GOOD["linux"], "linux", tmp_path, b"\0/home/jane/a.cpp\0")
    assert found == ["contains the path /home/jane/a.cpp"]


@pytest.mark.parametrize(
    ("text", "own", "found"),
    [
        (b"\0../src/rwlock.c\0", "/src", []),  # of mingw's library, where the checkout is /src
        (b"\0mingw-w64/src/rwlock.c\0", "/src", []),
        (b"\0/src/plugin.cpp\0", "/src", ["/src/plugin.cpp"]),
        (b"/src/plugin.cpp\0", "/src", ["/src/plugin.cpp"]),
        (b"\0-I/data/checkout/src\0", "/data/checkout", ["/data/checkout/src"]),
        (b"\0/data/checkouts\0", "/data/checkout", []),
        (b"\0at C:/Users/jane/a.cpp\0", "/src", ["C:/Users/jane/a.cpp"]),
        (b"\0/src/" + b"a" * 200, "/src", ["/src/" + "a" * 95]),
    ],
)
def test_own_paths(text: bytes, own: str, found: list[str]) -> None:
    assert set(paths_in(text, [Path(own)])) == set(found)  # some are also among the usual folders


@pytest.mark.parametrize("content", [b"<html>", b""])
def test_file_that_is_not_a_library(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "library").write_bytes(content)
    found = check_library(tmp_path / "library", PROMISES["linux"])
    assert found.problems == ["is not a library of Linux, Windows or macOS"]
    assert (found.libraries, found.about) == ([], None)


@pytest.mark.parametrize("error", [AttributeError, RuntimeError, TypeError, ValueError, struct.error])
def test_library_that_cannot_be_read(error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """LIEF raises many kinds of errors at damaged files. Each is a finding."""

    def read_libraries(*_: object) -> list[Library]:
        raise error("odd header")

    monkeypatch.setattr(read, "_read_libraries", read_libraries)
    (tmp_path / "library").write_bytes(b"damaged")
    assert check_library(tmp_path / "library", PROMISES["linux"]).problems == ["is a damaged library: odd header"]


@pytest.mark.parametrize(
    ("start", "size"),
    [(b"\x30\x05\x01", 7), (b"\x30\x81\x90\x01", 0x93), (b"\x30\x82\x01\x02\x03", 0x106), (b"\x30\x83\x01\x02\x03\4", 0x10208)],
)
def test_size_of_a_signature(start: bytes, size: int) -> None:
    assert _size_of_der(start) == size


CERTIFICATE = struct.pack("<IHH", 15, 0x200, 2) + b"\x30\x05hello" + b"\0"  # Authenticode's, padded to a multiple of 8


def certificate_problems(certificate: bytes, size: int = 16, *, valid: bool = True) -> list[str]:
    """Return the findings on a library that ends with a certificate. `size` is that in its headers."""
    flags = lief.PE.Signature.VERIFICATION_FLAGS
    table = SimpleNamespace(rva=20, size=size)
    binary: Any = SimpleNamespace(
        data_directory=lambda _: table, verify_signature=lambda: flags.OK if valid else flags.BAD_DIGEST
    )
    return list(_problems_of_certificates(binary, bytes(20) + certificate))


def test_certificate_of_windows() -> None:
    assert certificate_problems(CERTIFICATE) == certificate_problems(b"", size=0) == []
    absent, other = (
        "has a place for a signature that is not in the file",
        "has more than one signature in its place for one, or none",
    )
    assert certificate_problems(CERTIFICATE[:-1]) == certificate_problems(CERTIFICATE, size=8) == [absent]
    assert certificate_problems(CERTIFICATE * 2, size=32) == [other]
    assert certificate_problems(CERTIFICATE[:8] + b"payload!") == [other]
    assert certificate_problems(CERTIFICATE, valid=False) == ["has a signature that is not one of this file"]
    assert certificate_problems(CERTIFICATE[:-1] + b"!") == ["has bytes behind its signature"]


@pytest.mark.parametrize(("abouts", "text"), ABOUT_FAULTS)
def test_fault_of_what_it_says(abouts: list[About], text: str) -> None:
    library = replace(GOOD["linux"], comments="Clang version 20.1.2")
    assert list(_problems_of_abouts([ABOUT], [library], PROMISES["linux"])) == []
    found = list(_problems_of_abouts(abouts, [library], PROMISES["linux"]))
    assert any(each.startswith(text) for each in found), found


@pytest.mark.parametrize(
    ("compilers", "together"),
    [
        (("MSVC 19.44.35222.0", "MSVC 19.44.35224.0"), True),  # two images of GitHub's machines, of one week
        (("MSVC 19.50.35719.0", "MSVC 19.51.36203.0"), True),  # while a new image is rolled out
        (("MSVC 19.44.35222.0", "MSVC 20.0.40001.0"), False),
        (("MSVC 19.44.35222.0", "Clang 19.44.35222.0"), False),
        (("Clang 20.1.1", "Clang 20.1.2"), False),
    ],
)
def test_compilers_of_one_bundle(compilers: tuple[str, str], together: bool) -> None:
    loader, plugin = (replace(ABOUT, compiler=compiler) for compiler in compilers)
    found = Inspection(Path("bundle.zip"))
    found.libraries = [
        Checked(Path("loader"), Promise(WINDOWS, None, False), [], replace(loader, python=checks.ANY_PYTHON), []),
        Checked(Path("plugin"), PROMISES["windows"], [], plugin, []),
    ]
    problems = list(problems_of_libraries(found, WINDOWS))
    assert problems == [] if together else problems[0].startswith("has libraries of different builds: 0.1.0 1.13.0 ")


@pytest.mark.parametrize(("size", "found"), [(9, ["is cut short: 1 bytes"]), (10, []), (11, ["has 1 bytes after its end"])])
def test_size(size: int, found: list[str]) -> None:
    assert [each[: len(text)] for each, text in zip(problems_of_size(size, 10), found, strict=True)] == found


@pytest.mark.parametrize(
    ("content", "hidden"), [(b"aabb", 0), (b"aa\0bb", 0), (b"aaxbb", 1), (b"aaxybb", 2), (b"xaabb", 1)], ids=repr
)
def test_hidden_bytes(content: bytes, hidden: int) -> None:
    parts = [(content.index(b"bb"), 2), (content.index(b"aa"), 2)]
    assert hidden_bytes(content, parts) == hidden


def test_every_check_has_a_fault() -> None:
    """For each `yield` of the checks, one of the faults above has its text."""
    said = [text for _, _, text in FAULTS] + [text for _, text in ABOUT_FAULTS] + ["contains the path /home/jane/a.cpp"]
    tree = ast.parse(Path(str(checks.__file__)).read_text(encoding="utf-8"))
    yields = [node.value for node in ast.walk(tree) if isinstance(node, ast.Yield) and node.value is not None]
    assert len(yields) >= 20
    first: Callable[[ast.JoinedStr], object] = lambda text: text.values[0]  # noqa: E731
    for each in yields:
        start = first(each) if isinstance(each, ast.JoinedStr) else each
        if isinstance(start, ast.Constant):  # else it has its whole text from elsewhere
            assert any(text.startswith(str(start.value)[:20]) for text in said), ast.unparse(each)


@pytest.mark.parametrize(
    "comment",
    [
        "GCC: (Debian 14.2.0-19) 14.2.0",
        "GCC: (GNU) 14.2.1 20250110 (Red Hat 14.2.1-7)",
        "clang version 20.1.2 (https://github.com/ziglang/zig-bootstrap 7ef74e656cf8ddbd6bf891a8475892aa1afa6891)",
        "Debian clang version 19.1.7 (3+b1)",
        "Ubuntu clang version 18.1.3 (1ubuntu1)",
        "Linker: LLD 20.1.2",
        "Linker: Ubuntu LLD 18.1.3",
    ],
)
def test_comments_of_compilers(comment: str) -> None:
    assert COMPILER.fullmatch(comment)
    for bad in (f"{comment} payload!", f"{comment} (two words)", f"payload! {comment}", f"{comment}\n"):
        assert not COMPILER.fullmatch(bad)


def list_of_tools(key: bytes, tools: bytes = bytes(range(16))) -> bytes:
    """Return the list of its tools as Microsoft's linker writes it."""
    plain = b"DanS" + bytes(12) + tools
    return bytes(byte ^ key[i % 4] for i, byte in enumerate(plain)) + b"Rich" + key


@pytest.mark.parametrize("key", [b"\x12\x34\x56\x78", b"\x12\x34\x56\0", b"\x12\0\0\0"])
def test_list_of_microsofts_tools(key: bytes) -> None:
    good = list_of_tools(key)
    assert is_list_of_tools(good) and is_list_of_tools(good + bytes(8))
    for bad in (b"hidden!!" + good, good + b"hidden!!", good[:-1], good[8:], list_of_tools(key, b"odd"), b"Rich" + key):
        assert not is_list_of_tools(bad)


@pytest.mark.parametrize("first", [0x12, ord("D")], ids=["a key", "a key that makes the first byte zero"])
def test_part_for_dos(first: int) -> None:
    program = bytes.fromhex("0e1fba0e00b409cd21b8014ccd21") + b"This program cannot be run in DOS mode.\r\r\n$" + bytes(7)
    (header,) = (each for each in DOS_HEADERS if each[2] == 0x90)
    content = header + bytes(4) + program + list_of_tools(bytes([first, 0x22, 0x33, 0x44])) + bytes(8)
    binary = SimpleNamespace(dos_header=SimpleNamespace(addressof_new_exeheader=len(content)))
    problems: Callable[..., object] = _problems_of_dos
    assert list(problems(binary, content)) == []  # type: ignore[call-overload]
    assert list(problems(binary, content.replace(b"Rich", b"Poor"))) != []  # type: ignore[call-overload]
