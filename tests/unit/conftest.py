# SPDX-License-Identifier: GPL-3.0-or-later
"""Headers to read: the real ones of the machine, and small ones of our own."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orthanc_python.signals import ENDING
from orthanc_sdk.binding.rules import Binding, Library, bind
from orthanc_sdk.header.parser import parse_header
from orthanc_sdk.output.render import render
from tests.unit.sdk_headers import all_headers, pytest_generate_tests, sdk, sdk_files, sdk_pages

__all__ = ["all_headers", "pytest_generate_tests", "sdk", "sdk_files", "sdk_pages"]  # for pytest


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    """Restore the handlers: the end of a command ignores signals, and the programs of later tests would inherit that."""
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, *ENDING)}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


# The beginning of every small header: enough of the SDK's shapes for the rules to work on.
PREAMBLE = """
#include <stdint.h>
#include <string.h>
#define ORTHANC_PLUGINS_MINIMAL_MAJOR_NUMBER 9
#define ORTHANC_PLUGINS_MINIMAL_MINOR_NUMBER 8
#define ORTHANC_PLUGINS_MINIMAL_REVISION_NUMBER 7
#define SINCE(version) __attribute__((annotate("ORTHANC_PLUGIN_SINCE_SDK " version)))
extern "C" {
typedef enum {
  OrthancPluginErrorCode_Success = 0,
  OrthancPluginErrorCode_Plugin = 1,
  _OrthancPluginErrorCode_INTERNAL = 0x7fffffff
} OrthancPluginErrorCode;
/** Colours of things. */
typedef enum {
  OrthancPluginColor_DarkRed = 3, /*!< Like wine */
  OrthancPluginColor_RGB24 SINCE("9.1.0") = 4,
  _OrthancPluginColor_INTERNAL = 0x7fffffff
} OrthancPluginColor;
typedef enum { _OrthancPluginService_Nothing = 1 } _OrthancPluginService;
typedef struct { void* data; uint32_t size; } OrthancPluginMemoryBuffer;
typedef struct { void* data; uint64_t size; } OrthancPluginMemoryBuffer64;
typedef struct _OrthancPluginContext_t { void* pluginsManager; } OrthancPluginContext;
/** @brief A box. */
typedef struct _OrthancPluginBox_t OrthancPluginBox;
typedef struct _OrthancPluginUnused_t OrthancPluginUnused;
typedef void (*OrthancPluginCallback)(int32_t value);
const char* OrthancPluginGetName();
static inline void OrthancPluginPing(OrthancPluginContext* context) {}
"""


def _with_bodies(declarations: str) -> str:
    """Turn declarations into inline definitions, as the SDK has them."""
    text = declarations.replace("FN ", "static inline ").replace("CTX", "OrthancPluginContext* context")
    return text.replace(");", ") {}")


@pytest.fixture
def small_header(tmp_path: Path) -> Callable[[str], Path]:
    """Write a header with the given declarations after the preamble. FN begins a function, CTX is its context parameter."""

    def write(declarations: str = "") -> Path:
        path = tmp_path / "OrthancCPlugin.h"
        path.write_text(f"#pragma once\n{PREAMBLE}\n{_with_bodies(declarations)}\n}}\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def library(small_header: Callable[[str], Path]) -> Callable[[str], Library]:
    """The library of a small header."""

    def make(declarations: str) -> Library:
        return bind(parse_header(small_header(declarations)))

    return make


@pytest.fixture
def binding(library: Callable[[str], Library]) -> Callable[[str], Binding]:
    """The binding of the only function declared, besides the preamble's."""

    def make(declaration: str) -> Binding:
        (found,) = (b for b in library(declaration).bindings if b.function and b.function.name != "OrthancPluginPing")
        return found

    return make


@pytest.fixture
def files(library: Callable[[str], Library]) -> Callable[[str], dict[str, str]]:
    """The rendered files of a small header."""

    def make(declarations: str) -> dict[str, str]:
        return render(library(declarations))

    return make
