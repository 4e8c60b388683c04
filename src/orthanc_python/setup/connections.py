# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the process at the other end of a connection within this machine, from Linux' /proc."""

from __future__ import annotations

import ipaddress
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
TABLES = ("net/tcp", "net/tcp6")  # of this process's network namespace
ACCEPT = 1.0  # seconds in which a server has to accept a connection
POLL = 0.02

Address = tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]


def is_served_by(connection: socket.socket, process: int) -> bool:
    """Return whether a process has accepted a connection. False if the system or its rights do not say so.

    A listening socket would prove less: the address may have been another program's at the moment of the connection.
    """
    server, client = _of_socket(connection.getpeername()), _of_socket(connection.getsockname())
    end = time.monotonic() + ACCEPT
    while not (served := _inode(server, client) in _sockets(process)) and time.monotonic() < end:
        time.sleep(POLL)
    return served


def _inode(local: Address, remote: Address) -> str:
    """Return the inode of the socket of a connection; "" if none is known."""
    for table in TABLES:
        with suppress(OSError):
            for line in (PROC / table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if (_of_table(fields[1]), _of_table(fields[2])) == (local, remote):
                    return fields[9]
    return ""


def _sockets(process: int) -> set[str]:
    """Return the inodes of the sockets that a process has; an empty set if this account may not look."""
    found: set[str] = set()
    with suppress(OSError):
        for descriptor in (PROC / str(process) / "fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                name = str(descriptor.readlink())
                if name.startswith("socket:["):
                    found.add(name[8:-1])
    return found


def _of_socket(name: tuple[str, int]) -> Address:
    return _plain(ipaddress.ip_address(name[0].partition("%")[0])), name[1]


def _of_table(text: str) -> Address:
    """Read an address of /proc/net/tcp: words of four bytes in this processor's order, and the port."""
    host, _, port = text.partition(":")
    data = bytes.fromhex(host)
    if sys.byteorder == "little":
        data = b"".join(data[index : index + 4][::-1] for index in range(0, len(data), 4))
    return _plain(ipaddress.ip_address(data)), int(port, 16)


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address of one that an IPv6 socket has for it."""
    return (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address
