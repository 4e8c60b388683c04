# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for a Windows runner: Windows' own Python, CMake and Ninja under Wine. This system's bash stands in for Git's."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

from orthanc_release.pythons import foreign_pythons
from orthanc_release.trial.host_program import START_WINE, WINE, private_wine

from .machines import Interpreter, NotRehearsedError, Runner

CMAKE, NINJA = "cmake==3.31.6", "ninja==1.11.1.4"


class WineMachine:
    """A Wine of its own, with a compiler if a toolset is given."""

    def __init__(self, runner: Runner, work: Path, toolset: Path | None = None) -> None:
        if shutil.which(WINE) is None:
            raise NotRehearsedError("there is no Wine here (Debian: apt-get install wine64)", missing=True)
        self.runner, self.work, self.home = runner, work, work / "home"
        self.programs = work / "programs"
        self.toolset = compiler_environment(toolset) if toolset is not None else {}
        self.home.mkdir(parents=True)
        self.programs.mkdir()
        self.stack = contextlib.ExitStack()
        try:
            self.wine = self.stack.enter_context(private_wine())
        except RuntimeError as error:
            raise NotRehearsedError(str(error), missing=True) from error

    @property
    def workspace(self) -> Path:
        """The checkout, as this system sees it."""
        return self.home / "orthanc-python" / "orthanc-python"

    def path(self, path: Path) -> str:
        """A path as the script of bash sees it."""
        return str(path)

    def interpreter(self, version: str, processor: str) -> Interpreter:
        """Windows' Python, with pip. Raises NotRehearsedError."""
        if processor not in ("", "x64"):
            raise NotRehearsedError(f"no Windows Python for {processor} runs here")
        if version not in foreign_pythons.EMBEDDABLE:
            raise NotRehearsedError(f"PyPI has no CPython {version} for Windows")
        folder = self.work / f"python{version}"
        if not folder.exists():
            try:
                shutil.copytree(foreign_pythons.windows_root(version), folder, symlinks=True)
            except foreign_pythons.UnavailableError as error:
                raise NotRehearsedError(str(error)) from error
            self._install(folder / "Lib" / "site-packages", version)
        # A program that bash starts; the job's own variable PYTHON names it, too.
        programs = self.programs / version
        programs.mkdir(exist_ok=True)
        for name in ("python", "python3"):
            self._write_program(programs / name, folder / "python.exe")
        return Interpreter(version, windows_path(folder / "python.exe"), str(programs))

    def _install(self, packages: Path, version: str) -> None:
        """Put pip, CMake and Ninja for Windows beside a Python, as the image has them."""
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(packages), "--only-binary", ":all:"]
        command += ["--platform", "win_amd64", "--python-version", version, "pip", CMAKE, NINJA]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise NotRehearsedError(f"pip, CMake and Ninja for Windows cannot be had: {done.stderr.strip()[-300:]}")

    def _write_program(self, file: Path, program: Path) -> None:
        file.write_text(f'#!/bin/bash\nexec {" ".join(START_WINE)} "{windows_path(program)}" "$@" </dev/null 2>&1 | cat\n')
        file.write_text(file.read_text().replace("exec ", "set -o pipefail\n"))
        file.chmod(0o755)

    def run(self, command: list[str], environment: dict[str, str], log: Path) -> int:
        """Run a command in the workspace, its output into a file; the exit status."""
        packages = [folder / "Lib" / "site-packages" for folder in self.work.glob("python3*")]
        tools = [str(folder / name / "data" / "bin") for folder in packages[:1] for name in ("cmake", "ninja")]
        tools += [str(each) for folder in packages[:1] for each in (folder / "bin", folder / "Scripts")]
        everything = {
            "HOME": str(self.home),
            "PIP_CERT": windows_path(Path("/etc/ssl/certs/ca-certificates.crt")),
            "LANG": "C.UTF-8",
            **self.wine,
            **environment,
            **{name: value for name, value in self.toolset.items() if name != "WINEPATH"},
            "WINEPATH": ";".join(
                [*(windows_path(Path(each)) for each in tools), *filter(None, [self.toolset.get("WINEPATH")])]
            ),
            "PATH": environment.get("PATH", "") + ":/usr/bin:/bin",
        }
        with log.open("ab") as file:
            return subprocess.run(
                command, cwd=self.workspace, env=everything, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
            ).returncode

    def excuse(self, log: Path) -> str | None:
        """Why a step that failed could not go on here, by runners.toml."""
        return self.runner.excuse(log)

    def close(self) -> None:
        """End Wine, and delete what the job has left."""
        self.stack.close()
        shutil.rmtree(self.work, ignore_errors=True)


def compiler_environment(toolset: Path) -> dict[str, str]:
    """Return what vcvars64.bat would set for a toolset, and Ninja as CMake's generator. Raises NotRehearsedError."""
    tools = sorted(toolset.glob("**/VC/Tools/MSVC/*"))
    kits = sorted(toolset.glob("**/Windows Kits/10/Include/*"))
    if not tools or not kits:
        raise NotRehearsedError(f"{toolset} has no VC/Tools/MSVC, or no Windows Kits/10/Include", missing=True)
    compiler, headers = tools[-1], kits[-1]
    libraries = headers.parents[1] / "Lib" / headers.name
    include = [compiler / "include", *(headers / name for name in ("ucrt", "shared", "um", "winrt"))]
    library = [compiler / "lib" / "x64", *(libraries / name / "x64" for name in ("ucrt", "um"))]
    programs = [compiler / "bin" / "Hostx64" / "x64", headers.parents[1] / "bin" / headers.name / "x64"]
    names = {"INCLUDE": include, "LIB": library, "WINEPATH": programs}
    # Wine has no server for MSVC's databases of symbols: the compiler puts them into its object files.
    return {
        "CMAKE_GENERATOR": "Ninja",
        "_CL_": "/Z7",
        **{name: ";".join(map(windows_path, folders)) for name, folders in names.items()},
    }


def windows_path(path: Path) -> str:
    """Return a path of this system as programs under Wine see it."""
    return "Z:" + str(path).replace("/", "\\")
