# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP ports for servers on this machine."""

from __future__ import annotations

import os
import random
import socket
import sys

# Below the ports that systems hand out to outgoing connections, so that only another server can take one.
PORTS = range(20000, 32000)
HIGHEST_PRIVILEGED = 1023


class ReservedPorts:
    """Free ports, for one server on this machine until `close`: another reservation does not get them.

    So a server finds them free again when it restarts. On Linux alone: there a socket that is bound, but does not listen, can
    stand beside a server's if both have SO_REUSEADDR, as Orthanc's HTTP and DICOM servers have.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def reserve(self) -> tuple[int, int]:
        """Give former ports back, and reserve two that no server has. Raises OSError if all are taken."""
        self.close()
        self._sockets = _bound_sockets()
        http, dicom = (int(each.getsockname()[1]) for each in self._sockets)
        if sys.platform != "linux":
            self.close()
        for each in self._sockets:  # not before bind(), by which two reservations could be given the same port
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return http, dicom

    def close(self) -> None:
        while self._sockets:
            self._sockets.pop().close()


def _bound_sockets() -> list[socket.socket]:
    """Two sockets, bound at the same time to free ports on all interfaces, as Orthanc does it."""
    bound: list[socket.socket] = []
    for port in random.sample(PORTS, len(PORTS)):
        candidate = socket.socket()
        bound.append(candidate)
        try:
            candidate.bind(("", port))
        except OSError:
            bound.pop().close()
        if len(bound) == 2:
            return bound
    for each in bound:
        each.close()
    raise OSError("all ports for servers are taken")


def owner_of(port: int, system: str = os.name) -> str:
    """Return by what a port is taken that a server cannot have, with the fix."""
    if not _is_refused(port):
        return "another program: choose another, or end that program"
    if system == "nt":  # WSAEACCES: a range that Hyper-V has reserved, or a program that shares its port with no other
        command = "netsh interface ipv4 show excludedportrange tcp"
        return f"Windows itself, or a program that has it alone: choose another; {command} lists what Windows has reserved"
    if port > HIGHEST_PRIVILEGED:
        return "the system, by a rule of its security: choose another"
    return "the system, for administrators alone: choose one above 1023"


def _is_refused(port: int) -> bool:
    """Return whether this account may not listen at a port."""
    with socket.socket() as candidate:
        try:
            candidate.bind(("", port))
        except PermissionError:
            return True
        except OSError:
            return False
    return False
