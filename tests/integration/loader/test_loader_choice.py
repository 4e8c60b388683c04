# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpreters that cannot be used do not keep the loader from a good one behind them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import Servers
from helpers import eventually
from loader_bundle import interpreters, write_answer, write_program, write_shim

from orthanc_python import OrthancDidNotStart, OrthancServer

SCRIPT = """
import json
import sys

import orthanc

names = {"executable": sys.executable, "prefix": sys.prefix}
orthanc.RegisterRestCallback("/python", lambda output, uri, **request: output.AnswerBuffer(json.dumps(names), "text/plain"))
"""


@pytest.fixture
def good(bundle: Path) -> tuple[str, str]:
    """A version that the bundle has a plugin for, and its interpreter."""
    return next(iter(interpreters(bundle).items()))


def start(
    orthanc: Servers,
    bundle: Path,
    folders: list[Path],
    cache: Path,
    *,
    verbose: bool = False,
    section: Mapping[str, str] | None = None,
) -> OrthancServer:
    """The folders come first in PATH. `section` is the configuration's "Python"."""
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    environment = {"PATH": path, "VIRTUAL_ENV": "", "XDG_CACHE_HOME": str(cache)}
    plugins = [bundle / "libOrthancPython.so"]
    configuration = {"Python": section} if section else {}
    return orthanc(
        SCRIPT,
        with_plugin=False,
        plugins=plugins,
        environment=environment,
        verbose=verbose,
        configuration=configuration,
    )


def names(interpreter: str) -> dict[str, str]:
    """Return the answer of an interpreter on the command line about itself."""
    program = "import sys; print(sys.executable, sys.prefix)"
    executable, prefix = subprocess.run([interpreter, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    return {"executable": executable, "prefix": prefix}


def test_library_that_cannot_be_opened(orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]) -> None:
    version, interpreter = good
    broken = tmp_path / "libpython.so"
    broken.write_text("not a library")
    bad = write_answer(tmp_path / "bad" / "python3", version, broken)
    write_shim(tmp_path / "good" / "python3", interpreter)
    server = start(orthanc, bundle, [bad.parent, tmp_path / "good"], tmp_path)
    assert server.get("/python").json() == names(interpreter)
    server.wait_for_log(f"W.*Python: an interpreter cannot be used, found by PATH: .*{bad}.*cannot open {broken}")


def test_folder_whose_name_would_forge_a_line(orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]) -> None:
    forged = "E1128 forged"  # a colon ends a folder of PATH
    bad = write_program(tmp_path / f"bad\n{forged}" / "python3", "exit 1")
    write_shim(tmp_path / f"good\n{forged}" / "python3", good[1])
    server = start(orthanc, bundle, [bad.parent, tmp_path / f"good\n{forged}"], tmp_path, verbose=True)
    assert server.get("/python").json() == names(good[1])
    server.wait_for_log(r"I.*an interpreter cannot be used, found by PATH: .*/bad\\nE1128.* forged/python3")
    assert not [line for line in server.log().splitlines() if line.startswith(forged)]


def test_shim(orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]) -> None:
    _, interpreter = good
    write_shim(tmp_path / "shims" / "python3", interpreter)
    server = start(orthanc, bundle, [tmp_path / "shims"], tmp_path)
    expected = names(interpreter)
    assert server.get("/python").json() == expected
    server.wait_for_log(f"Python: using .*{expected['executable']}, .* found by PATH")


@pytest.mark.parametrize("program", ["sleep 600", "exec >&-; sleep 600"])
def test_hanging_interpreter_costs_its_timeout_once(
    orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str], program: str
) -> None:
    _, interpreter = good
    hanging = write_program(tmp_path / "hanging" / "python3", program)
    write_shim(tmp_path / "good" / "python3", interpreter)
    for said in ("did not answer within 10 s", "did not answer at an earlier start"):
        server = start(orthanc, bundle, [hanging.parent, tmp_path / "good"], tmp_path / "cache")
        server.wait_for_log(f"W.*found by PATH: {hanging}: it {said}")
        assert server.get("/python").json() == names(interpreter)
        orthanc.stop(server)
    write_shim(hanging, interpreter)  # it is mended
    server = start(orthanc, bundle, [hanging.parent], tmp_path / "cache")
    assert "did not answer" not in server.log()


def test_children_of_a_hanging_interpreter_are_ended(
    orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]
) -> None:
    child = tmp_path / "child"
    hanging = write_program(tmp_path / "hanging" / "python3", f"sleep 600 & echo $! > '{child}'; wait")
    write_shim(tmp_path / "good" / "python3", good[1])
    start(orthanc, bundle, [hanging.parent, tmp_path / "good"], tmp_path / "cache")
    state = Path("/proc", child.read_text().strip(), "stat")
    assert eventually(lambda: not state.exists() or ") Z " in state.read_text())


def hang_once(orthanc: Servers, bundle: Path, folder: Path, interpreter: str, then: str) -> Path:
    """Start Orthanc with an interpreter that hangs, before a good one. It is another program then, but not by its date."""
    hanging = write_program(folder / "hanging" / "python3", "sleep 600")
    write_shim(folder / "good" / "python3", interpreter)
    orthanc.stop(start(orthanc, bundle, [hanging.parent, folder / "good"], folder / "cache"))
    changed = hanging.stat().st_mtime_ns
    write_program(hanging, then)
    os.utime(hanging, ns=(changed, changed))
    return hanging


def test_interpreter_that_was_slow_once_keeps_its_place(
    orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]
) -> None:
    _, interpreter = good
    others = tmp_path / "cache" / "orthanc-python" / "hanging-interpreters.txt"
    others.parent.mkdir(parents=True)
    others.write_text(f"{int(time.time())} 17 /nowhere/python3\n1000 17 /forgotten/python3\n")
    hanging = hang_once(orthanc, bundle, tmp_path, interpreter, f'echo >>"$0.asked"; exec "{interpreter}" "$@"')
    assert str(hanging) in others.read_text()
    for asked in (2, 3):  # one question more tells whether it answers
        server = start(orthanc, bundle, [hanging.parent, tmp_path / "good"], tmp_path / "cache")
        server.wait_for_log(r"W.*Python: using .* found by PATH")
        assert "did not answer" not in server.log()
        assert hanging.with_name("python3.asked").read_text() == "\n" * asked
        orthanc.stop(server)
    assert [line.split()[-1] for line in others.read_text().splitlines()] == ["/nowhere/python3"]


def test_interpreters_known_to_hang_are_tried_last(
    orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]
) -> None:
    """A system that was slow once must not keep Orthanc from starting for a week."""
    version, interpreter = good
    own = tmp_path / "bundle"  # with a plugin of a version that no other interpreter has
    (own / "OrthancPython").mkdir(parents=True)
    shutil.copy(bundle / "libOrthancPython.so", own)
    shutil.copy(
        bundle / "OrthancPython" / f"OrthancPython-python{version}.so", own / "OrthancPython" / "OrthancPython-python3.99.so"
    )
    slow = f"""sleep 4; "{interpreter}" "$@" | sed 's/"version": "{version}"/"version": "3.99"/'"""
    hanging = hang_once(orthanc, bundle, tmp_path, interpreter, slow)
    server = start(orthanc, own, [hanging.parent], tmp_path / "cache", section={"Version": "3.99"})
    server.wait_for_log(f"W.*found by PATH: {hanging}: it did not answer at an earlier start")
    assert server.get("/python").json() == names(interpreter)
    orthanc.stop(server)
    server = start(orthanc, own, [], tmp_path / "cache", section={"Executable": str(hanging)})
    assert server.get("/python").json() == names(interpreter)
    assert "did not answer" not in server.log()  # a wish is asked whatever was


def test_interpreter_that_writes_too_much(orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]) -> None:
    endless = write_program(tmp_path / "endless" / "python3", "exec yes")
    write_shim(tmp_path / "good" / "python3", good[1])
    server = start(orthanc, bundle, [endless.parent, tmp_path / "good"], tmp_path)
    assert server.get("/python").json() == names(good[1])


def test_shim_that_talks(orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]) -> None:
    talking = write_program(tmp_path / "shims" / "python3", f'echo "using {{}}"; exec "{good[1]}" "$@"')
    server = start(orthanc, bundle, [talking.parent], tmp_path)
    assert server.get("/python").json() == names(good[1])


THROWING = """
extern "C" int OrthancPluginInitialize(void*) { throw 1; }
extern "C" void OrthancPluginFinalize() {}
"""


def test_exception_of_another_kind(orthanc: Servers, bundle: Path, tmp_path: Path, good: tuple[str, str]) -> None:
    """No exception crosses the loader's boundary, even if it is not one of the standard library's."""
    version, interpreter = good
    plugin = tmp_path / "bundle" / "OrthancPython" / f"OrthancPython-python{version}.so"
    plugin.parent.mkdir(parents=True)
    shutil.copy(bundle / "libOrthancPython.so", tmp_path / "bundle")
    compiler = os.environ.get("CXX", "c++")
    subprocess.run([compiler, "-shared", "-fPIC", "-x", "c++", "-", "-o", str(plugin)], input=THROWING, text=True, check=True)
    with pytest.raises(OrthancDidNotStart) as error:
        start(orthanc, tmp_path / "bundle", [], tmp_path, section={"Executable": interpreter})
    assert re.search(r"Python: the plugin cannot start$", error.value.log, re.MULTILINE)
