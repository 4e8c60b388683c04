# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that the page shows for a file run as they are, or are those of PowerShell."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from releases import Manifest, wheel_of_this_python
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from test_choices import choose, shown, wait_for_form

PIP = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def code_of(browser: Chrome, caption: str) -> str:
    """The text under a caption, of the file that is shown."""
    figures = shown(browser).find_elements(By.TAG_NAME, "figure")
    (figure,) = (each for each in figures if caption in each.find_element(By.TAG_NAME, "figcaption").text)
    return figure.find_element(By.TAG_NAME, "code").text


@pytest.mark.parametrize(("system", "caption"), [("linux", "Linux"), ("macos", "macOS")])
def test_command_that_checks_the_download(
    system: str, caption: str, browser: Chrome, address: str, releases: list[Path], tmp_path: Path
) -> None:
    browser.get(address)
    wait_for_form(browser)
    choose(browser, "system", system)
    choose(browser, "python", "3.12")
    name = str(shown(browser).get_attribute("id"))
    shutil.copyfile(releases[0] / name, tmp_path / name)
    command = ["bash", "-c", code_of(browser, caption)]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == f"{name}: OK\n"
    with (tmp_path / name).open("r+b") as file:
        file.write(b"P")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_command_for_powershell(browser: Chrome, address: str, manifest: Manifest) -> None:
    name = "OrthancPython-0.1.0-windows-x86_64.zip"
    browser.get(f"{address}#{name}")
    wait_for_form(browser)
    (file,) = (file for file in manifest.files if file.name == name)
    assert code_of(browser, "PowerShell") == f"(Get-FileHash '{name}').Hash -eq '{file.sha256}'"
    assert "It says True" in shown(browser).text


@pytest.mark.parametrize("system", ["linux", "macos"])
def test_command_that_unpacks(system: str, browser: Chrome, address: str, releases: list[Path], tmp_path: Path) -> None:
    name = f"OrthancPython-0.1.0-{system}-{'universal2' if system == 'macos' else 'x86_64'}.zip"
    browser.get(f"{address}#{name}")
    wait_for_form(browser)
    sudo, *command, folder = shlex.split(code_of(browser, "To unpack"))
    assert sudo == "sudo" and command[0] == "unzip" and folder.endswith("/orthanc/plugins")
    shutil.copyfile(releases[0] / name, tmp_path / name)
    subprocess.run([*command, tmp_path / "plugins"], cwd=tmp_path, check=True, capture_output=True)
    suffix = "dylib" if system == "macos" else "so"
    assert {path.name for path in (tmp_path / "plugins").iterdir()} == {f"libOrthancPython.{suffix}", "OrthancPython"}


def test_command_that_unpacks_for_powershell(browser: Chrome, address: str) -> None:
    """It replaces a former version, and puts nothing but the plugin's own files into Orthanc's folder.

    A DLL in use ends it: Copy-Item would go on with the folder.
    """
    name = "OrthancPython-0.1.0-windows-x86_64"
    browser.get(f"{address}#{name}.zip")
    wait_for_form(browser)
    assert code_of(browser, "To unpack").splitlines() == [
        "$ErrorActionPreference = 'Stop'",
        f"Expand-Archive '{name}.zip' -DestinationPath '{name}' -Force",
        "New-Item C:/Orthanc/Plugins -ItemType Directory -Force | Out-Null",
        f"Copy-Item '{name}/OrthancPython.dll', '{name}/OrthancPython' -Destination C:/Orthanc/Plugins -Recurse -Force",
    ]


@pytest.mark.parametrize(
    "file", ["windows-x86_64.zip", "python3.13-windows-x86_64.dll", "linux-x86_64.zip", "python3.13-linux-x86_64.so"]
)
def test_windows_locks_a_plugin_in_use(file: str, browser: Chrome, address: str) -> None:
    browser.get(f"{address}#OrthancPython-0.1.0-{file}")
    wait_for_form(browser)
    assert shown(browser).get_attribute("id") == f"OrthancPython-0.1.0-{file}"
    assert ("Stop Orthanc first, because Windows locks DLLs in use." in shown(browser).text) is ("windows" in file)


def test_command_that_installs(browser: Chrome, address: str) -> None:
    for name, options in (
        ("OrthancPython-0.1.0-linux-x86_64.zip", "--bundle"),
        ("OrthancPython-0.1.0-python3.13-linux-x86_64.so", "--python 3.13"),
    ):
        browser.get(f"{address}#{name}")
        wait_for_form(browser)
        command = code_of(browser, "To install")
        expected = f"sudo env/bin/orthanc-python install --to /usr/share/orthanc/plugins {options} --from {address}0.1.0/"
        assert command == expected


def test_command_of_pip(browser: Chrome, address: str, tmp_path: Path) -> None:
    browser.get(f"{address}#{wheel_of_this_python()}")
    wait_for_form(browser)
    pip, *command = shlex.split(code_of(browser, "Command"))
    assert pip == "pip"
    installed = [sys.executable, "-m", "pip", *command, "--no-cache-dir", "--no-deps", "--target", tmp_path / "installed"]
    subprocess.run(installed, check=True, capture_output=True, env=PIP)
    assert "0.1.0" in (tmp_path / "installed" / "orthanc_python" / "__init__.py").read_text()
    altered = [str(each).replace("#sha256=", "#sha256=0") for each in installed]
    refused = subprocess.run([*altered[:-1], tmp_path / "refused"], check=False, capture_output=True, text=True, env=PIP)
    assert refused.returncode != 0 and "HASH" in refused.stderr.upper()


def test_plugin_names_the_wheel_for_the_same_python(browser: Chrome, address: str) -> None:
    browser.get(f"{address}#OrthancPython-0.1.0-python3.13-macos-arm64.dylib")
    wait_for_form(browser)
    assert "/0.1.0/orthanc_python-0.1.0-cp313-cp313-macosx_11_0_arm64.whl#sha256=" in code_of(browser, "Command")
