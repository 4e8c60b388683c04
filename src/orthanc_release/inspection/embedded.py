# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the Python code, the pages and the schema that a library carries are those of its sources."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from orthanc_release.libraries.checks import Checked
from orthanc_release.libraries.model import some_of
from orthanc_release.sources import Source

LIST = "src/plugin/CMakeLists.txt"
CALL = re.compile(r"^embed_python_sources\((?:\w+ )+\S+\s(.*?)\)", re.MULTILINE | re.DOTALL)
# Texts of loaders. Plugins have the second one.
OF_LOADERS = ("src/orthanc_python/interpreters/question.py", "src/orthanc_python/plugin_settings/settings.schema.json")


def problems_of_embedded_texts(checked: Checked, source: Source) -> Iterator[str]:
    """Yield texts of the sources that are not in a library; of a universal one, not in each of its parts."""
    content = checked.file.read_bytes()
    texts = _texts_of_loaders(source) if checked.promise.python is None else _texts_of_plugins(source)
    if missing := [name for name, text in texts.items() if content.count(text) < len(checked.libraries)]:
        yield f"has other texts in it than its sources: {some_of(missing)}"


@functools.cache
def _texts_of_plugins(source: Source) -> dict[str, bytes]:
    """Return the texts that CMake puts into a plugin, with the zero behind each."""
    if not (source.folder / LIST).is_file() or (match := CALL.search(source.read(LIST).decode())) is None:
        return {}
    names = [_joined(f"src/plugin/{name}") for name in match[1].split()]
    return {**{name: source.read(name) + b"\0" for name in names}, **_texts(source, OF_LOADERS[1:])}


@functools.cache
def _texts_of_loaders(source: Source) -> dict[str, bytes]:
    return _texts(source, OF_LOADERS)


def _texts(source: Source, names: tuple[str, ...]) -> dict[str, bytes]:
    return {name: source.read(name).strip() for name in names if (source.folder / name).is_file()}


def _joined(name: str) -> str:
    """Return a path without "..". Git knows files by such."""
    parts: list[str] = []
    for part in PurePosixPath(name).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
