# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for systemd, which no test may start: the command systemctl, and what restarts the real Orthanc for it."""

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
  "is-failed --quiet orthanc") [ -e {failed} ] && exit 0 || exit 1 ;;
  *) exit 64 ;;
esac
touch {request}
while [ -e {request} ]; do sleep 0.05; done
"""


@contextmanager
def service_manager(server: DebianServer) -> Iterator[Path]:
    """Give the folder of the command systemctl, which restarts the server within the block."""
    (server.folder / "run" / "systemd" / "system").mkdir(parents=True)
    commands = server.folder / "manager"
    commands.mkdir()
    request = commands / "request"
    failed = commands / "failed"
    (commands / "systemctl").write_text(SYSTEMCTL.format(request=request, failed=failed))
    (commands / "systemctl").chmod(0o755)
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            if request.exists():
                server.stop()
                failed.unlink(missing_ok=True)
                server.launch()
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
