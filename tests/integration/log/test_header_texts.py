# SPDX-License-Identifier: GPL-3.0-or-later
"""No text puts a line break or another control character into a header of HTTP."""

from __future__ import annotations

import pytest
from remote import Remote

HEADERS = {
    "SetHttpHeader": ['output.SetHttpHeader("X-Some", TEXT)', 'output.SetHttpHeader(TEXT, "value")'],
    "SetCookie": ['output.SetCookie("name", TEXT)', 'output.SetCookie(TEXT, "value")'],
    "Redirect": ['output.Redirect("/" + TEXT)'],
    "AnswerBuffer": ['output.AnswerBuffer(b"", TEXT)'],
    "SendUnauthorized": ["output.SendUnauthorized(TEXT)"],
    "SendMethodNotAllowed": ["output.SendMethodNotAllowed(TEXT)"],
    "StartMultipartAnswer": ['output.StartMultipartAnswer(TEXT, "text/plain")', 'output.StartMultipartAnswer("mixed", TEXT)'],
    "SendMultipartItem2": [
        'output.SendMultipartItem2(b"", {"X-Some": TEXT})',
        'output.SendMultipartItem2(b"", {TEXT: "value"})',
    ],
    "StartStreamAnswer": ["output.StartStreamAnswer(TEXT)"],
    "HttpClient": [
        'orthanc.HttpClient(1, "http://127.0.0.1:1/", {"X-Some": TEXT}, b"", None, None, 1, None, None, None, 0)',
        'orthanc.HttpClient(1, "http://127.0.0.1:1/", {TEXT: "value"}, b"", None, None, 1, None, None, None, 0)',
        'orthanc.HttpClient(1, "http://127.0.0.1:1/" + TEXT, {}, b"", None, None, 1, None, None, None, 0)',
        'orthanc.HttpClient(1, "http://127.0.0.1:1/", {}, b"", TEXT, "", 1, None, None, None, 0)',
    ],
    "HttpGet": ['orthanc.HttpGet("http://127.0.0.1:1/" + TEXT)', 'orthanc.HttpGet("http://127.0.0.1:1/", "user", TEXT)'],
    "HttpPost": ['orthanc.HttpPost("http://127.0.0.1:1/" + TEXT, b"")'],
    "HttpPut": ['orthanc.HttpPut("http://127.0.0.1:1/" + TEXT, b"")'],
    "HttpDelete": ['orthanc.HttpDelete("http://127.0.0.1:1/" + TEXT)'],
    "CallPeerApi": [
        'orthanc.GetPeers().CallPeerApi(0, 1, "/", {"X-Some": TEXT}, b"", 1)',
        'orthanc.GetPeers().CallPeerApi(0, 1, "/" + TEXT, {}, b"", 1)',
    ],
    "RestApiGet2": ['orthanc.RestApiGet2("/system", {"X-Some": TEXT}, 0)'],
    "ChunkedHttpClient": [
        'orthanc.ChunkedHttpClient(1, "http://127.0.0.1:1/", {"X-Some": TEXT})',
        'orthanc.ChunkedHttpClient(1, "http://127.0.0.1:1/" + TEXT)',
        'orthanc.ChunkedHttpClient(1, "http://127.0.0.1:1/", username=TEXT)',
    ],
}


@pytest.mark.parametrize("character", ["\r\n", "\n", "\r", "\0", "\x1b", "\x7f", "\x85", "\u2028"], ids=ascii)
@pytest.mark.parametrize("name", HEADERS)
def test_headers(remote: Remote, name: str, character: str) -> None:
    if not remote.value(
        f'hasattr(orthanc, "{name}") or hasattr(orthanc.RestOutput, "{name}") or hasattr(orthanc.Peers, "{name}")'
    ):
        pytest.skip(f"the SDK of this build has no {name}")
    for call in HEADERS[name]:
        error = remote.error(f"TEXT = {f'text{character}X-Injected: yes'!r}\n{call}")
        assert error.kind == "ValueError", call


def test_header_with_a_tab(remote: Remote) -> None:
    """RFC 9110 allows tabs in values."""
    assert remote('output.SetHttpHeader("X-Some", "a\\tb")\nresult = True')
