# SPDX-License-Identifier: GPL-3.0-or-later
"""The container's first program: turns its environment into what docker/orthanc.json refers to, and becomes Orthanc.

ORTHANC_PASSWORD, or ORTHANC_PASSWORD_FILE: who uses the REST API must give it, with the name ORTHANC_USER ("orthanc").
ORTHANC_SCRIPTS: the scripts, separated by ":", instead of each *.py file in /etc/orthanc.
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
NO_SCRIPT = "WARNING: there is no *.py file in /etc/orthanc. Mount one: -v ./hello.py:/etc/orthanc/hello.py:ro"


def main() -> None:
    environment = dict(os.environ)
    users = registered_users()
    scripts = [each for each in os.environ.get("ORTHANC_SCRIPTS", "").split(":") if each]
    scripts = scripts or sorted(str(path) for path in CONFIGURATION.glob("*.py"))
    environment["ORTHANC_USERS"] = json.dumps(users)
    environment["ORTHANC_AUTHENTICATION"] = json.dumps(bool(users))
    environment["ORTHANC_PYTHON"] = json.dumps({"Path": scripts} if scripts else {})
    used = "".join(path.read_text(encoding="utf-8") for path in CONFIGURATION.glob("*.json"))
    if not users and "${ORTHANC_USERS}" in used:
        print(OPEN, file=sys.stderr)
    if not scripts and "${ORTHANC_PYTHON}" in used:
        print(NO_SCRIPT, file=sys.stderr)
    sys.stderr.flush()
    os.execvpe("Orthanc", ["Orthanc", *sys.argv[1:]], environment)


def registered_users() -> dict[str, str]:
    """Names and passwords, as Orthanc's setting has them."""
    password = os.environ.get("ORTHANC_PASSWORD", "")
    if file := os.environ.get("ORTHANC_PASSWORD_FILE"):
        try:
            password = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            sys.exit(f"ORTHANC_PASSWORD_FILE: {file}: {error.strerror}")
        if not password:
            sys.exit(f"ORTHANC_PASSWORD_FILE: {file} is empty, and so would be the password")
    return {os.environ.get("ORTHANC_USER", "orthanc"): password} if password else {}


main()
