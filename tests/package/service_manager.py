# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for systemd and launchd: no test may start those. Its commands restart the real Orthanc."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from debian_server import DebianServer

SYSTEMCTL = """\
#!/bin/sh
case "$*" in
  "restart orthanc") ;;
  "is-active --quiet orthanc") [ -e {active} ] && exit 0 || exit 3 ;;
  "is-failed --quiet orthanc") [ -e {failed} ] && exit 0 || exit 1 ;;
  "show --property=ActiveState --value orthanc")
    if [ -e {active} ]; then echo active; elif [ -e {failed} ]; then echo failed; else echo inactive; fi; exit 0 ;;
  "show --property=MainPID --value orthanc") cat {active} || echo 0; exit 0 ;;
  *) exit 64 ;;
esac
touch {request}
while [ -e {request} ]; do sleep 0.05; done
"""


LABEL = "com.example.orthanc"
LAUNCHCTL = """\
#!/bin/sh
[ "$*" = "print system/{label}" ] && echo "state = running" && exit 0
[ "$*" = "kickstart -k system/{label}" ] || exit 64
exec systemctl restart orthanc
"""


@contextmanager
def service_manager(server: DebianServer) -> Iterator[Path]:
    """Give the folder of the commands. They restart the server within the block."""
    (server.folder / "run" / "systemd" / "system").mkdir(parents=True)
    commands = server.folder / "manager"
    commands.mkdir()
    request = commands / "request"
    failed, active = commands / "failed", commands / "active"
    (commands / "systemctl").write_text(SYSTEMCTL.format(request=request, failed=failed, active=active))
    (commands / "launchctl").write_text(LAUNCHCTL.format(label=LABEL))
    (commands / "sudo").write_text('#!/bin/sh\nexec "$@"\n')  # named in advice only where it is installed
    for name in ("systemctl", "launchctl", "sudo"):
        (commands / name).chmod(0o755)
    ended = threading.Event()

    def show_process() -> None:
        if server.process is None:
            active.unlink(missing_ok=True)
        elif not active.exists() or active.read_text() != str(server.process):
            part = active.with_suffix(".part")
            part.write_text(str(server.process))
            part.replace(active)

    def work() -> None:
        while not ended.wait(0.05):
            show_process()
            if request.exists():
                server.stop()
                failed.unlink(missing_ok=True)
                server.launch()
                show_process()
                request.unlink()
            elif server.has_failed:
                failed.touch()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield commands
    finally:
        ended.set()
        thread.join()
