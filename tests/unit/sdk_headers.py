# SPDX-License-Identifier: GPL-3.0-or-later
"""The real SDK headers of this machine, each read and rendered once for all tests, and the fixtures that give them."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import pytest

from orthanc_sdk.binding.rules import Library, bind
from orthanc_sdk.header.model import Header
from orthanc_sdk.header.parser import parse_header
from orthanc_sdk.output.reference import render_reference
from orthanc_sdk.output.render import render

MISSING = "no SDK header: install orthanc-dev, or set ORTHANC_SDK_HEADERS"


def header_paths() -> list[Path]:
    """Return the headers of this machine, or those in ORTHANC_SDK_HEADERS."""
    listed = os.environ.get("ORTHANC_SDK_HEADERS")
    if listed:
        return [Path(item) for item in listed.split(os.pathsep) if item]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cached = folder.glob("orthanc-python/sdk/*/OrthancCPlugin.h")
    return [path for path in (Path("/usr/include/orthanc/OrthancCPlugin.h"), *sorted(cached)) if path.is_file()]


def put_stand_in(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the module of the stand-in where `orthanc_python.testing` looks for it."""
    path = folder / "module.py"
    path.write_text(text, encoding="utf-8")
    specification = importlib.util.spec_from_file_location("orthanc_python.testing.module", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    monkeypatch.setitem(sys.modules, specification.name, module)
    specification.loader.exec_module(module)


@cache
def parsed(path: Path) -> Header:
    return parse_header(path)


@cache
def bound(path: Path) -> Library:
    return bind(parsed(path))


@cache
def rendered(path: Path) -> Mapping[str, str]:
    return MappingProxyType(render(bound(path)))


@cache
def referenced(path: Path) -> Mapping[str, str]:
    return MappingProxyType(render_reference(bound(path)))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    # Without any header these tests must fail, not vanish
    if "sdk_path" in metafunc.fixturenames:
        paths = header_paths()
        metafunc.parametrize("sdk_path", paths or [None], ids=[path.parent.name for path in paths] or ["none"])


@pytest.fixture
def sdk(sdk_path: Path | None) -> Library:
    """The library of each real header."""
    if sdk_path is None:
        pytest.fail(MISSING)
    return bound(sdk_path)


@pytest.fixture
def sdk_files(sdk_path: Path | None) -> Mapping[str, str]:
    """The files that are rendered of each real header."""
    if sdk_path is None:
        pytest.fail(MISSING)
    return rendered(sdk_path)


@pytest.fixture
def sdk_pages(sdk_path: Path | None) -> Mapping[str, str]:
    """The pages of the reference of each real header, without examples."""
    if sdk_path is None:
        pytest.fail(MISSING)
    return referenced(sdk_path)


@pytest.fixture
def all_headers() -> list[Header]:
    paths = header_paths()
    if not paths:
        pytest.fail(MISSING)
    return [parsed(path) for path in paths]
