# SPDX-License-Identifier: GPL-3.0-or-later
"""Which libpython an interpreter names: to the loader, to `orthanc-python doctor`, and to the build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from orthanc_python.interpreters.asking import QUESTION

ROOT = Path(__file__).resolve().parents[3]
PROBE = ROOT / "cmake" / "python" / "interpreter_probe.py"
THREADED = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
LIBPYTHON = f"libpython{sys.version_info[0]}.{sys.version_info[1]}{THREADED}"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has one name for it")


def answer(code: str, prefix: Path, **variables: str) -> str:
    """Run the code in an interpreter that says of itself that it lies in a prefix."""
    patch = f"import sys, sysconfig; sys.base_prefix = {str(prefix)!r}; sysconfig.get_config_vars().update({variables!r})\n"
    command = [sys.executable, "-I", "-S", "-c", f"{patch}exec(compile({code!r}, 'code', 'exec'))"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def libraries(prefix: Path, **variables: str) -> tuple[str, str]:
    """Return the library that the question names, and the one that the build's probe names."""
    probed = dict(line.split("=", 1) for line in answer(PROBE.read_text(), prefix, **variables).splitlines())
    return json.loads(answer(QUESTION, prefix, **variables))["library"], probed["library"]


@pytest.mark.parametrize("suffix", [".so.1.0", ".so", ".dylib"])
@pytest.mark.parametrize("instsoname", ["$(LDLIBRARY)", f"{LIBPYTHON}.a", ""])
def test_shared_library_beside_a_static_one(tmp_path: Path, suffix: str, instsoname: str) -> None:
    """Conda's interpreters are linked to the static library, and bring the shared one."""
    library = tmp_path / "lib" / f"{LIBPYTHON}{suffix}"
    library.parent.mkdir()
    library.touch()
    library.with_name(f"{LIBPYTHON}.a").touch()
    variables = {"LDLIBRARY": f"{LIBPYTHON}.a", "INSTSONAME": instsoname, "LIBDIR": str(library.parent)}
    assert libraries(tmp_path, **variables) == (str(library), str(library))


def test_named_library_before_the_others(tmp_path: Path) -> None:
    for name in ("libown.so", f"{LIBPYTHON}.so"):
        (tmp_path / "lib" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "lib" / name).touch()
    variables = {"LDLIBRARY": "libown.so", "INSTSONAME": "libown.so", "LIBDIR": str(tmp_path / "lib")}
    assert libraries(tmp_path, **variables) == (str(tmp_path / "lib" / "libown.so"),) * 2


def test_static_library_alone(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / f"{LIBPYTHON}.a").touch()
    variables = {"LDLIBRARY": f"{LIBPYTHON}.a", "INSTSONAME": f"{LIBPYTHON}.a", "LIBDIR": str(tmp_path / "lib")}
    assert libraries(tmp_path, **variables) == ("", "")
