# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks into the wheels of a release."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from pathlib import Path

from orthanc_release.inspection.expected import (
    PACKAGE,
    STUBS,
    TESTING_MODULE,
    NoHeaderError,
    build_facts,
    texts_of_sdk,
    texts_of_wheel,
)
from orthanc_release.inspection.model import Inspection, libraries_beside_loader, problems_of_libraries, problems_with_texts
from orthanc_release.libraries.checks import Checked
from orthanc_release.libraries.model import short, some_of
from orthanc_release.sources import Source
from orthanc_release.targets import read_targets
from orthanc_release.wheel_tags import platform_tag

# The platforms in names of wheels, as regular expressions whose groups are the oldest system.
PLATFORMS = {re.sub(r"_\d+_\d+_", r"_(\\d+)_(\\d+)_", platform_tag(target)): target.name for target in read_targets().values()}
PLUGIN = f"{PACKAGE}/plugin/"
FACTS = f"{PACKAGE}/build_facts.py"
GENERATOR = re.compile(r"(scikit-build-core|delocate|auditwheel|delvewheel|bdist_wheel) \(?[\w.+]{1,20}\)?", re.ASCII)
TAGS_FILE = {"Wheel-Version": "1.0", "Root-Is-Purelib": "false"}


def look_into_wheel(found: Inspection, name: re.Match[str], work: Path, files: list[Path], source: Source | None) -> None:
    """Add what is in a wheel. It has been unpacked in `work`."""
    python = f"3.{name['minor']}{name['threads']}"
    if name["minor"] != name["abi"]:
        found.problems.append(f"has a name for CPython 3.{name['minor']} with the interface of CPython 3.{name['abi']}")
    tags = name["platform"].split(".")
    matches = [(match, known) for tag in tags for pattern, known in PLATFORMS.items() if (match := re.fullmatch(pattern, tag))]
    if len(matches) != len(tags) or len({known for _, known in matches}) != 1:
        found.problems.append(f"has the platform {name['platform']}, but an index of packages does not take it")
        return
    found.target = target = read_targets()[matches[0][1]]
    oldest = min((tuple(map(int, match.groups())) for match, _ in matches if match.groups()), default=None)
    found.minimum = target.minimum if oldest is None else ".".join(map(str, oldest))
    dist_info = f"{PACKAGE}-{found.version}.dist-info"
    contents = {path.as_posix(): (work / path).read_bytes() for path in files}
    found.problems += _problems_of_metadata(contents, dist_info, found.file.name, found.version or "")
    found.problems += _problems_of_record(contents, f"{dist_info}/RECORD")
    plugins = {path.removeprefix(PLUGIN) for path in contents if path.startswith(PLUGIN)}
    found.libraries, others = libraries_beside_loader(target, work / PLUGIN, plugins, found.version, found.minimum)
    found.problems += problems_of_libraries(found, target)
    if found.pythons and found.pythons != (python,):
        found.problems.append(f"is for CPython {' and '.join(found.pythons)}, its name says {python}")
    known = {PLUGIN + each for each in plugins - others} | {f"{dist_info}/WHEEL", f"{dist_info}/RECORD"}
    texts = {path: content for path, content in contents.items() if path not in known}
    if source is None:
        found.problems += _problems_of_places(texts, dist_info)
    else:
        found.problems += problems_with_texts(texts, _expected(found, texts, source), "its sources")


def _expected(found: Inspection, texts: dict[str, bytes], source: Source) -> dict[str, bytes]:
    """Return what the text files must be. Files that cannot be made here are left out."""
    expected = texts_of_wheel(source)
    plugin = next((each for each in found.libraries if each.promise.python is not None), None)
    if plugin is None or plugin.about is None:
        return expected
    expected[FACTS] = facts_of(texts.get(FACTS, b""), plugin, source)
    try:
        expected |= texts_of_sdk(source, plugin.about.sdk)
    except NoHeaderError as error:
        found.leave_out(f"was not compared in {STUBS} and {TESTING_MODULE}: {error}")
        expected |= {path: texts.get(path, b"") for path in (STUBS, TESTING_MODULE)}
    return expected


def facts_of(text: bytes, plugin: Checked, source: Source) -> bytes:
    """Return build_facts.py as the plugin's own words make it; the last number of CPython's version is its own."""
    assert plugin.about is not None
    system = plugin.about.system
    if plugin.promise.target.parts:
        system = f"{system.partition(' ')[0]} {plugin.promise.target.processor}"
    release = re.search(rb'^PYTHON_RELEASE = "(3\.\d+\.\d+[\w+]*)"', text, re.MULTILINE)
    number = release[1].decode() if release else ""
    fits = number.startswith(f"{plugin.about.python.rstrip('t')}.")
    return build_facts(source, plugin.about, system, number if fits else plugin.about.python)


def _problems_of_places(texts: dict[str, bytes], dist_info: str) -> Iterator[str]:
    """Yield files that are in places where a wheel has none, where there are no sources to compare with."""
    own = (f"{PACKAGE}/", "orthanc-stubs/", f"{dist_info}/")
    library = re.compile(r"\.(so|dylib|dll|pyd|exe|pth)\b")
    if others := sorted(path for path in texts if not path.startswith(own) or library.search(path)):
        yield f"has {some_of(others)}, which does not belong in it"


def _problems_of_metadata(contents: dict[str, bytes], dist_info: str, name: str, version: str) -> Iterator[str]:
    metadata, wheel = (_message(contents.get(f"{dist_info}/{each}")) for each in ("METADATA", "WHEEL"))
    if metadata is None or wheel is None:
        yield f"has no {dist_info} with METADATA and WHEEL"
        return
    if (metadata["Name"], metadata["Version"]) != ("orthanc-python", version):
        found_name = short(f"{metadata['Name']} {metadata['Version']}")
        yield f"is {found_name}, its name says orthanc-python {version}"
    stem = name.removesuffix(".whl").split("-")
    tags = {f"{stem[2]}-{stem[3]}-{platform}" for platform in stem[4].split(".")}
    if (found := set(wheel.get_all("Tag", []))) != tags:
        yield f"is for {some_of(found)}, its name says {some_of(tags)}"
    # Of generators there are several: the build backend, and what repairs wheels.
    if not all(GENERATOR.fullmatch(each) for each in wheel.get_all("Generator", [])):
        yield "has a file WHEEL with another generator than the tools that make wheels"
    others = sorted((key, value) for key, value in wheel.items() if key not in ("Tag", "Generator"))
    lines = [f"{key}: {value}" for key, value in wheel.items()]
    if others != sorted(TAGS_FILE.items()) or len(wheel.get_all("Tag", [])) != len(tags):
        yield f"has a file WHEEL with {some_of(lines, sort=False)}"
    elif contents[f"{dist_info}/WHEEL"].decode(errors="replace").split("\n") != [*lines, "", ""][: len(lines) + 2]:
        yield "has a file WHEEL with more than its lines"


def _message(content: bytes | None) -> Message | None:
    return None if content is None else Parser().parsestr(content.decode("utf-8", errors="replace"))


def _problems_of_record(contents: dict[str, bytes], own: str) -> Iterator[str]:
    """Yield where RECORD has not the checksum and the size of each file, as pip checks it."""
    if own not in contents:
        yield "has no RECORD"
        return
    lines = csv.reader(contents[own].decode("utf-8", errors="replace").splitlines())
    try:
        rows = [(row[0], row[1:]) for row in lines if row]
    except csv.Error as error:
        yield f"has a RECORD that cannot be read: {error}"
        return
    found = dict(rows)
    if len(rows) != len(found):
        yield "RECORD has a file twice"
    if different := contents.keys() ^ found.keys():
        yield f"RECORD and its files differ in {some_of(different)}"
    for name in sorted(contents.keys() & found.keys()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(contents[name]).digest()).decode().rstrip("=")
        wanted = ["", ""] if name == own else [f"sha256={digest}", str(len(contents[name]))]
        if found[name][:1] != wanted[:1]:
            yield f"{short(name)} has the checksum {wanted[0]}, RECORD says {short(' '.join(found[name][:1]))}"
        elif found[name] != wanted:
            yield f"{short(name)} has {wanted[1]} bytes, RECORD says {short(' '.join(found[name][1:]))}"
