# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests of scripts to real servers: web servers, Orthanc itself and its peers."""

from __future__ import annotations

import base64
import ssl
from pathlib import Path

import pytest
import trustme
from conftest import Servers
from helpers import CT
from remote import SCRIPT, Remote
from web_server import WebServer, web_server


@pytest.fixture
def refused() -> str:
    """An address where nobody listens."""
    with web_server() as server:
        return server.url


def test_whole_answers(remote: Remote, web: WebServer) -> None:
    remote(f"""
        import json
        get, put, post, delete = (getattr(orthanc.HttpMethod, name) for name in ("GET", "PUT", "POST", "DELETE"))
        url = {web.url!r}

        body, headers, status = orthanc.HttpClient(get, url + "/status/200")
        assert body == b"this is status 200" and status == 200 and headers["X-Extra"] == "more", (body, headers, status)

        for method in (post, put):
            arguments = (method, url + "/echo", {{"X-Token": "t"}}, b"a\\x00b", "ada", "secret", 10, None, None, None, 0)
            body, _, status = orthanc.HttpClient(*arguments)
            seen = json.loads(body)
            assert seen["method"] == orthanc.HttpMethod(method).name and seen["size"] == 3, seen
            assert seen["headers"]["X-Token"] == "t"
            assert seen["headers"]["Authorization"] == {"Basic " + base64.b64encode(b"ada:secret").decode()!r}
        assert orthanc.HttpClient(delete, url + "/status/204")[2] == 204

        assert orthanc.HttpGet(url + "/status/200") == orthanc.HttpGet(url + "/status/200", None, None) == b"this is status 200"
        assert json.loads(orthanc.HttpPut(url + "/echo", b"12"))["method"] == "PUT"
        assert json.loads(orthanc.HttpPost(url + "/echo", b"12", "ada", "secret"))["headers"]["Authorization"]
        assert orthanc.HttpDelete(url + "/status/200") is None
    """)


@pytest.mark.parametrize("status", [404, 500, 302])
def test_whole_answers_with_another_status(remote: Remote, web: WebServer, status: int) -> None:
    remote(f"""
        try:
            orthanc.HttpClient(orthanc.HttpMethod.GET, {web.url!r} + "/status/{status}")
            raise AssertionError("nothing was raised")
        except orthanc.OrthancException as error:
            assert error.http_status == {status} and len(error.args) == 2, vars(error)
    """)
    assert remote.error(f"orthanc.HttpGet({web.url!r} + '/status/{status}')").kind == "OrthancException"


@pytest.mark.parametrize("function", ["HttpClient", "ChunkedHttpClient"])
def test_no_answer(remote: Remote, web: WebServer, refused: str, function: str) -> None:
    remote(f"""
        def code(*arguments, **options):
            try:
                orthanc.{function}(orthanc.HttpMethod.GET, *arguments, **options)
            except orthanc.OrthancException as error:
                assert error.http_status is None
                return error.args[0]

        assert code({refused!r}) == orthanc.ErrorCode.NETWORK_PROTOCOL
        assert code("http://" + "a" * 64 + "/") == orthanc.ErrorCode.NETWORK_PROTOCOL  # too long for any question to a DNS
        assert code({web.url!r} + "/silent", timeout=1) == orthanc.ErrorCode.NETWORK_PROTOCOL
    """)


def test_tls_and_client_certificates(orthanc: Servers, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    client = authority.issue_cert("client@example.org")
    client.cert_chain_pems[0].write_to_path(str(tmp_path / "client.pem"))
    client.private_key_pem.write_to_path(str(tmp_path / "client.key"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    remote = Remote(
        orthanc(SCRIPT, configuration={"HttpsVerifyPeers": True, "HttpsCACertificates": str(tmp_path / "authority.pem")})
    )
    with web_server(context) as web:
        remote(f"""
            url = {web.url!r} + "/status/200"
            certificate, key = {str(tmp_path / "client.pem")!r}, {str(tmp_path / "client.key")!r}
            body, _, status = orthanc.HttpClient(1, url, certificateFile=certificate, certificateKeyFile=key)
            assert (body, status) == (b"this is status 200", 200)
            answer = orthanc.ChunkedHttpClient(1, url, certificateFile=certificate, certificateKeyFile=key)
            assert answer.read() == b"this is status 200" and answer.status == 200
            for function in (orthanc.HttpClient, orthanc.ChunkedHttpClient):
                try:
                    answer = function(1, url)  # without the client's certificate
                    raise AssertionError("nothing was raised")
                except orthanc.OrthancException:
                    pass
        """)
    strange = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(strange)
    with web_server(strange) as web:
        for function in ("HttpClient", "ChunkedHttpClient"):
            assert remote.error(f"orthanc.{function}(1, {web.url!r} + '/status/200')").kind == "OrthancException"


def test_own_rest_api(remote: Remote) -> None:
    remote(f"""
        import json
        body, headers, status = orthanc.CallRestApi(1, "/system")
        assert status == 200 and json.loads(body)["ApiVersion"] and headers["content-type"].startswith("application/json")
        assert orthanc.CallRestApi(1, "/nothing-here")[2] == 404
        assert orthanc.CallRestApi(1, "/run")[2] != 200  # a route of this script's
        try:
            orthanc.CallRestApi(2, "/instances", None, b"no DICOM")
            raise AssertionError("nothing was raised")
        except orthanc.OrthancException as error:
            assert error.args[0] == orthanc.ErrorCode.BAD_FILE_FORMAT
        with open({str(CT)!r}, "rb") as file:
            body, _, status = orthanc.CallRestApi(orthanc.HttpMethod.POST, "/instances", {{}}, file.read(), 1)
        identifier = json.loads(body)["ID"]
        assert status == 200
        assert orthanc.CallRestApi(orthanc.HttpMethod.DELETE, f"/instances/{{identifier}}")[2] == 200
    """)


def test_peers(orthanc: Servers) -> None:
    peer = orthanc(with_plugin=False)
    remote = Remote(orthanc(SCRIPT, configuration={"OrthancPeers": {"other": [peer.url], "nobody": ["http://127.0.0.1:1/"]}}))
    remote(f"""
        import json
        peers = orthanc.GetPeers()
        names = {{peers.GetPeerName(index): index for index in range(peers.GetPeersCount())}}
        other = names["other"]
        body, headers, status = peers.CallPeerApi(other, orthanc.HttpMethod.GET, "/system")
        assert status == 200 and json.loads(body)["ApiVersion"] and headers["Content-Type"].startswith("application/json")
        with open({str(CT)!r}, "rb") as file:
            body, _, status = peers.CallPeerApi(other, orthanc.HttpMethod.POST, "/instances", {{"Expect": ""}}, file.read(), 30)
        path = "/instances/" + json.loads(body)["ID"]
        assert peers.CallPeerApi(other, orthanc.HttpMethod.PUT, path + "/metadata/1024", None, "text")[2] == 200
        assert peers.CallPeerApi(other, orthanc.HttpMethod.DELETE, path)[2] == 200
        statuses = {{}}
        for name, uri in (("other", path), ("nobody", "/system")):
            try:
                peers.CallPeerApi(names[name], orthanc.HttpMethod.GET, uri)
            except orthanc.OrthancException as error:
                statuses[name] = error.http_status
        assert statuses == {{"other": 404, "nobody": None}}, statuses
    """)
    assert peer.get("/instances").json() == []
