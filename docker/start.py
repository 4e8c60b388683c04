# SPDX-License-Identifier: GPL-3.0-or-later
"""The container's first program: turns its environment into what docker/orthanc.json refers to, and becomes Orthanc.

ORTHANC_PASSWORD, or ORTHANC_PASSWORD_FILE: who uses the REST API must give it, with the name ORTHANC_USER ("orthanc").
ORTHANC_SCRIPTS: the scripts, separated by ":", instead of each *.py file in /etc/orthanc.
ORTHANC_MODULES: the modules of installed packages, separated by ":". ORTHANC_VIRTUAL_ENV: the environment that has them.
ORTHANC_PYTHON_SETTINGS: a JSON object with further settings of the section "Python". A second file cannot set them.
"""

import json
import os
import sys
from pathlib import Path

CONFIGURATION = Path("/etc/orthanc")
OPEN = """\
WARNING: no password is set, and whoever reaches port 8042 can read, change and delete everything.
Set one (-e ORTHANC_PASSWORD=... or -e ORTHANC_PASSWORD_FILE=/run/secrets/...), or publish the port to this machine alone
(-p 127.0.0.1:8042:8042)."""
BY_VARIABLE = {"Path": "ORTHANC_SCRIPTS", "Modules": "ORTHANC_MODULES", "VirtualEnv": "ORTHANC_VIRTUAL_ENV"}
NO_SCRIPT = "WARNING: there is no *.py file in /etc/orthanc. Mount one: -v ./hello.py:/etc/orthanc/hello.py:ro"


def main() -> None:
    environment = dict(os.environ)
    users = registered_users()
    scripts = names("ORTHANC_SCRIPTS")
    scripts = scripts or sorted(str(path) for path in CONFIGURATION.glob("*.py"))
    environment["ORTHANC_USERS"] = json.dumps(users)
    environment["ORTHANC_AUTHENTICATION"] = json.dumps(bool(users))
    section = {"Path": scripts, "Modules": names("ORTHANC_MODULES"), "VirtualEnv": os.environ.get("ORTHANC_VIRTUAL_ENV", "")}
    section = {key: value for key, value in section.items() if value}
    environment["ORTHANC_PYTHON"] = json.dumps(section | further_settings())
    used = settings_in(CONFIGURATION)
    if not users and "${ORTHANC_USERS}" in used:
        print(OPEN, file=sys.stderr)
    if not section and "${ORTHANC_PYTHON}" in used:
        print(NO_SCRIPT, file=sys.stderr)
    sys.stderr.flush()
    os.execvpe("Orthanc", ["Orthanc", *sys.argv[1:]], environment)


def settings_in(folder: Path) -> str:
    return "".join(text_of(path, "the configuration") for path in folder.glob("*.json") if not is_folder(path))


def is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except PermissionError:
        return False


def text_of(file: Path, subject: str) -> str:
    """Return the text of a file that is mounted, or end with an error."""
    try:
        return file.read_text(encoding="utf-8")
    except PermissionError:
        account = os.geteuid()
        sys.exit(f"{subject}: the account {account} cannot read {file}: on the host, sudo chown {account} FILE")
    except OSError as error:
        sys.exit(f"{subject}: {file}: {error.strerror}")
    except UnicodeDecodeError:
        sys.exit(f"{subject}: {file} is not a text in UTF-8: save it in that encoding")


def names(variable: str) -> list[str]:
    return [each for each in os.environ.get(variable, "").split(":") if each]


def further_settings() -> dict[str, object]:
    """Return the settings of the section "Python" that no other variable sets."""
    variable = "ORTHANC_PYTHON_SETTINGS"
    refused = f'{variable} is not a JSON object such as {{"StopTimeout": 20}}'
    try:
        settings = json.loads(os.environ.get(variable) or "{}")
    except ValueError as error:
        sys.exit(f"{refused}: {error}")
    if not isinstance(settings, dict):
        sys.exit(refused)
    for key, other in BY_VARIABLE.items():
        if key in settings:
            sys.exit(f'{variable} has "{key}": set the variable {other} instead')
    return settings


def registered_users() -> dict[str, str]:
    """Names and passwords, as Orthanc's setting has them. A variable without a value must not open the server to everyone."""
    for variable in ("ORTHANC_USER", "ORTHANC_PASSWORD", "ORTHANC_PASSWORD_FILE"):
        if os.environ.get(variable) == "":
            sys.exit(f"{variable} is empty: give it a value, or do not set it")
    password = os.environ.get("ORTHANC_PASSWORD", "")
    if file := os.environ.get("ORTHANC_PASSWORD_FILE"):
        password = text_of(Path(file), "ORTHANC_PASSWORD_FILE").rstrip("\r\n")
        if not password:
            sys.exit(f"ORTHANC_PASSWORD_FILE: {file} is empty, and so would be the password")
    if not password and "ORTHANC_USER" in os.environ:
        sys.exit("ORTHANC_USER has no password: set ORTHANC_PASSWORD or ORTHANC_PASSWORD_FILE too")
    return {os.environ.get("ORTHANC_USER", "orthanc"): password} if password else {}


if __name__ == "__main__":
    main()
