# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of control character, and the characters next to it: in texts of scripts, and in URLs of clients."""

from __future__ import annotations

import re

import pytest
from conftest import Servers
from remote import SCRIPT, Remote

FAILING = """
def fail(output, uri, **request):
    raise LookupError("wanted")

orthanc.RegisterRestCallback("/fail/(.*)", fail)
"""
# Code points, and whether a line may have them.
CHARACTERS = [
    (0x08, False), (0x09, True), (0x0A, False), (0x0D, False), (0x1F, False), (0x20, True), (0x7E, True), (0x7F, False),
    (0x80, False), (0x85, False), (0x9F, False), (0xA0, True), (0xFF, True), (0x7FF, True), (0x800, True), (0x2027, True),
    (0x2028, False), (0x2029, False), (0x202A, True), (0xD7FF, True), (0xE000, True), (0xFFFF, True), (0x10000, True),
    (0x10FFFF, True),
]  # fmt: skip


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    return Remote(module_orthanc(SCRIPT + FAILING))


@pytest.mark.parametrize(("character", "allowed"), CHARACTERS, ids=lambda value: f"U+{value:04X}" if value > 1 else str(value))
def test_in_a_text(remote: Remote, character: int, allowed: bool) -> None:
    found = remote(f"""
        try:
            orthanc.RestApiGet("/nowhere" + chr({character}))
        except Exception as error:
            result = type(error).__name__
    """)
    assert found == ("OrthancException" if allowed else "ValueError")


@pytest.mark.parametrize(
    ("sent", "logged"),
    [
        ("%C3%A9", b"\xc3\xa9"),
        ("%C2%85", rb"\x85"),
        ("%C2%A0", b"\xc2\xa0"),
        ("%C0%8A", rb"\xc0\x8a"),  # longer than it may be: a line break for a careless reader
        ("%C1%BF", rb"\xc1\xbf"),
        ("%E0%9F%BF", rb"\xe0\x9f\xbf"),
        ("%E0%A0%80", b"\xe0\xa0\x80"),
        ("%E2%80%A8", rb"\u2028"),
        ("%E2%80%A9", rb"\u2029"),
        ("%ED%9F%BF", b"\xed\x9f\xbf"),
        ("%ED%A0%80", rb"\xed\xa0\x80"),  # half of a pair, not valid in UTF-8
        ("%ED%BF%BF", rb"\xed\xbf\xbf"),
        ("%EE%80%80", b"\xee\x80\x80"),
        ("%F0%8F%BF%BF", rb"\xf0\x8f\xbf\xbf"),
        ("%F0%90%80%80", b"\xf0\x90\x80\x80"),
        ("%F4%8F%BF%BF", b"\xf4\x8f\xbf\xbf"),
        ("%F4%90%80%80", rb"\xf4\x90\x80\x80"),
        ("%F5%80%80%80", rb"\xf5\x80\x80\x80"),
        ("%E2%80", rb"\xe2\x80"),
        ("%FF", rb"\xff"),
        ("%1B", rb"\x1b"),
    ],
)
def test_in_a_url(remote: Remote, sent: str, logged: bytes) -> None:
    log = remote.server.folder / "orthanc.log"
    beginning = len(log.read_bytes())
    remote.server.get(f"/fail/<{sent}>")
    remote.server.wait_for_log("LookupError: wanted", beginning=len(log.read_bytes()[:beginning].decode(errors="replace")))
    found = re.search(rb"the REST callback of /fail/<(.*?)> failed", log.read_bytes()[beginning:])
    assert found is not None and found[1] == logged
