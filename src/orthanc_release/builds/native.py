# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a target on a machine of its own kind, with that system's compiler: MSVC, Apple's clang or GCC.

libraries: the loader and the plugins for one CPython, into build/targets as ci/build does, tested by tests/host/test_bundles.py
wheels: with cibuildwheel, as pyproject.toml says, into build/wheels

python ci/native.py libraries windows-x86_64 --python C:/Python310/python.exe
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from orthanc_release.builds.symbols import copy_symbols
from orthanc_release.lock.locked import text_of
from orthanc_release.processors import PROCESSORS
from orthanc_release.targets import ROOT, Target, read_targets
from orthanc_release.trial.host_program import program_name
from orthanc_release.trial.records import note

TOOLS = {"jinja2", "libclang", "markupsafe", "nanobind"}  # src/orthanc_sdk/requirements.txt, and what that needs
TESTS = {"colorama", "iniconfig", "packaging", "pluggy", "pygments", "pytest", "pytest-timeout"}
CHECKS = {"lief", "pathspec"}  # what builds/native_checks.py needs


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    known = {name: target for name, target in read_targets().items() if not target.parts}
    parser = argparse.ArgumentParser(prog="ci/native.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("libraries", "wheels"))
    parser.add_argument("target", choices=known)
    parser.add_argument(
        "--python", default=sys.executable, help="the CPython to embed; default: the one that runs this, from 3.11 on"
    )
    options = parser.parse_args(arguments)
    target = known[options.target]
    if not target.is_here:
        parser.error(f"this Python is not for {target.name}; run it there, with a Python for {target.processor}")
    if options.what == "wheels":
        run("pip", "install", "--disable-pip-version-check", *pins("cibuildwheel"))
        run("cibuildwheel", "--output-dir", str(ROOT / "build" / "wheels"))
    else:
        if target.system == "linux":
            install = "source ci/lib/common.sh && install_packages cmake g++ make orthanc-dev"
            subprocess.run(["bash", "-ec", install], check=True, cwd=ROOT)
        install_locked(Path(sys.executable), TESTS | CHECKS)
        tools = install_tools(target)
        python = ask(options.python)
        # Where CMake and the tests find the interpreter, and Windows its DLL.
        os.environ["PATH"] = os.pathsep.join([str(Path(options.python).parent), python["prefix"], os.environ["PATH"]])
        build(target, tools, **python)
        run("pytest", str(ROOT / "tests" / "host" / "test_bundles.py"), "-q")
        check(target, python["python"])
        note_run(target, python["python"])
    return 0


def ask(interpreter: str) -> dict[str, str]:
    """An interpreter's version, as in 3.13 or 3.14t, and the folder that it is installed in."""
    # Windows has no sys.abiflags.
    program = "import sys; from sysconfig import *; "
    program += "print(get_python_version(), bool(get_config_var('Py_GIL_DISABLED')), sys.base_prefix, sep='|')"
    answer = subprocess.run([interpreter, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
    version, threaded, prefix = answer.split("|")
    return {"python": version + ("t" if threaded == "True" else ""), "prefix": prefix}


def install_tools(target: Target) -> Path:
    """Install what the build needs of PyPI, as the lock has it, and return the Python that has it."""
    python = Path(sys.executable)
    if target.system == "windows" and target.processor == "x86":  # for which there is no libclang
        environment = ROOT / "build" / "tools"
        subprocess.run(["py", "-3-64", "-m", "venv", str(environment)], check=True)
        python = environment / "Scripts" / "python.exe"
    install_locked(python, TOOLS)
    return python


def install_locked(python: Path, packages: set[str]) -> None:
    """Install packages for a Python by the lock's versions and checksums: no other ones run beside files of a release.

    All are wheels. To build one, pip would install packages that are in no lock.
    """
    (ROOT / "build").mkdir(exist_ok=True)
    requirements = ROOT / "build" / "native-requirements.txt"
    requirements.write_text(text_of(packages), encoding="utf-8")
    options = ["--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:", "-r", str(requirements)]
    subprocess.run([str(python), "-m", "pip", "install", *options], check=True, cwd=ROOT)


def build(target: Target, tools: Path, python: str, prefix: str) -> None:
    """Build both plugins for one CPython, and the loader and the tests' host program with them."""
    folder = ROOT / "build" / "targets" / target.name
    work = folder / f"build-python{python}"
    configure = ["cmake", "-S", str(ROOT), "-B", str(work), f"-DPYTHON_VERSION={python}", "-DCMAKE_BUILD_TYPE=Release"]
    configure += [
        "-DSTATIC_BUILD=ON",
        "-DALLOW_DOWNLOADS=ON",
        "-DBUILD_TEST_HOST=ON",
        "-DCMAKE_SKIP_RPATH=ON",
        "-DSYMBOL_FILES=ON",
        f"-DBUILD_TOOLS_PYTHON={tools.as_posix()}",
        *of_system(target, prefix),
    ]
    make = ["cmake", "--build", str(work), "--config", "Release", "--parallel", str(os.cpu_count() or 1)]
    install = ["cmake", "--install", str(work), "--config", "Release", "--component", "wheel"]
    # One after the other in one folder: they have the same object files.
    for link in ("OFF", "ON"):
        subprocess.run([*configure, f"-DPYTHON_LINK={link}"], check=True)
        subprocess.run(make, check=True)
        if link == "OFF":
            tree = folder / f"wheel-python{python}"
            shutil.rmtree(tree, ignore_errors=True)  # its files of an earlier version
            subprocess.run([*install, "--prefix", str(tree)], check=True)
    for path in (target.plugin(python), target.stand_alone(python)):
        (folder / path).parent.mkdir(exist_ok=True)
    copies = {
        work / "bundle" / target.plugin(python): target.plugin(python),
        work / "bundle" / target.loader: Path(target.loader),
        work / target.loader: target.stand_alone(python),
    }
    for built, path in copies.items():
        shutil.copy2(built, folder / path)
        copy_symbols(built, folder / target.symbols(path))
    shutil.copy2(work / program_name(target), folder)


def check(target: Target, python: str) -> None:
    """Check what has been built, where a release has it. Raises SystemExit."""
    if target.system != "windows":  # those for Linux and macOS are built by ci/build, for older systems
        return
    importlib.invalidate_caches()
    from orthanc_release.builds.native_checks import problems_of_build  # by LIEF, that has just been installed

    if problems := list(problems_of_build(target, python, ROOT / "build" / "targets" / target.name)):
        raise SystemExit("\n".join(problems))


def note_run(target: Target, python: str) -> None:
    """Note for ci/release that the libraries have run on this machine."""
    folder = ROOT / "build" / "targets" / target.name
    system = {"Darwin": f"macOS {platform.mac_ver()[0]}"}.get(platform.system(), f"{platform.system()} {platform.release()}")
    note(folder, python, [folder / target.plugin(python), folder / target.stand_alone(python)], f"on {system}")


def of_system(target: Target, prefix: str) -> list[str]:
    """CMake's options that only this system's builds have."""
    if target.system == "windows":
        # CMake's own choice there; an environment may have another generator, with a compiler of its own.
        visual_studio = os.environ.get("CMAKE_GENERATOR", "Visual Studio").startswith("Visual Studio")
        platform_option = ["-A", PROCESSORS[target.processor].visual_studio] if visual_studio else []
        return [*platform_option, f"-DPYTHON_WINDOWS_ROOT={Path(prefix).as_posix()}"]
    if target.system == "macos":
        return [f"-DCMAKE_OSX_ARCHITECTURES={target.processor}", f"-DCMAKE_OSX_DEPLOYMENT_TARGET={target.minimum}"]
    return []


def pins(*names: str) -> list[str]:
    """The lines of tests/requirements.txt about these packages: all of it cannot be had on each system."""
    lines = (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if re.split(r"[^\w-]", line)[0] in names]
    if len(found) != len(names):
        raise ValueError(f"tests/requirements.txt pins {found} of {names}")
    return found


def run(module: str, *arguments: str) -> None:
    """Run a module of this Python, from the checkout."""
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
