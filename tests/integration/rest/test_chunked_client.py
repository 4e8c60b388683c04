# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests whose body and answer are iterators: larger than memory, failing on either side, and given up."""

from __future__ import annotations

import hashlib
import re
import threading
from pathlib import Path

import pytest
from conftest import Servers
from helpers import eventually
from remote import SCRIPT, Remote
from web_server import BLOCK, WebServer


def test_wrong_arguments(remote: Remote, web: WebServer) -> None:
    wrong = ("5", "", "'GET', url", "get, url, 7", "get, url, None, None, 3", "post, url, None, 12", "get, url, timeout='1'")
    for arguments in wrong:
        code = f"get, post, url = 1, 2, {web.url!r} + '/echo'\northanc.ChunkedHttpClient({arguments})"
        assert remote.error(code).kind == "TypeError", arguments
    assert remote.error(f"orthanc.ChunkedHttpClient(9, {web.url!r})").kind == "ValueError"
    assert remote.error(f"orthanc.ChunkedHttpClient(1, {web.url!r}, timeout=-1)").kind == "OverflowError"


def test_pieces(remote: Remote, web: WebServer) -> None:
    remote(f"""
        import json
        get, post, put = orthanc.HttpMethod.GET, orthanc.HttpMethod.POST, orthanc.HttpMethod.PUT
        url = {web.url!r}

        answer = orthanc.ChunkedHttpClient(get, url + "/status/200")
        assert answer.headers["X-Extra"] == "more" and answer.status == 200
        assert list(answer) == [b"this is status 200"] and list(answer) == [] and answer.read() == b""

        def upload(body, method=post, **headers):
            with orthanc.ChunkedHttpClient(method, url + "/echo", headers, body, "ada", "secret") as answer:
                assert answer.status == 200
                return json.loads(answer.read())

        assert upload(b"bytes")["size"] == upload("bytes")["size"] == upload(bytearray(5))["size"] == 5
        assert upload(None)["size"] == upload([])["size"] == upload(b"")["size"] == 0
        assert upload(["a", b"", b"bc"], put)["method"] == "PUT"
        seen = upload((str(number) for number in range(10)), X_Token="t")
        assert seen["size"] == 10 and seen["headers"]["X_Token"] == "t", seen
        assert seen["headers"]["Transfer-Encoding"] == "chunked" and "Expect" not in seen["headers"]
        assert "Authorization" in seen["headers"]
    """)


@pytest.mark.parametrize(
    ("opened", "sent"),
    [
        ("io.BytesIO(b'a' * 3_000_000)", 3_000_000),
        ("io.StringIO('\u00e9' * 1_500_000)", 3_000_000),
        ("io.BytesIO()", 0),
        ("io.StringIO()", 0),
    ],
)
def test_files(remote: Remote, web: WebServer, opened: str, sent: int) -> None:
    """Binary files and text files are sent to their end."""
    remote(f"""
        import io, itertools, json
        source = {opened}
        read, reads = source.read, itertools.count(1)

        class Watched:
            def read(self, size):
                if next(reads) > 100:
                    raise RuntimeError("the file is read after its end")
                return read(size)

        for body in (Watched(), source):
            source.seek(0)
            assert json.loads(orthanc.ChunkedHttpClient(2, {web.url!r} + "/echo", body=body).read())["size"] == {sent}
    """)


@pytest.mark.parametrize(
    ("read", "error"),
    [("None", "TypeError"), ("5", "TypeError"), ("1 / 0", "ZeroDivisionError")],
)
def test_files_that_fail(remote: Remote, web: WebServer, read: str, error: str) -> None:
    """Their error reaches the script."""
    code = f"""
class File:
    def read(self, size):
        return {read}

orthanc.ChunkedHttpClient(2, {web.url!r} + "/echo", body=File()).read()
"""
    assert remote.error(code).kind == error


@pytest.mark.parametrize("status", [302, 404, 500])
def test_pieces_with_another_status(remote: Remote, web: WebServer, status: int) -> None:
    """The answer is given whatever its status is."""
    remote(f"""
        for method, body in ((orthanc.HttpMethod.GET, None), (orthanc.HttpMethod.POST, [b"x"])):
            answer = orthanc.ChunkedHttpClient(method, {web.url!r} + "/status/{status}", None, body)
            assert answer.status == {status} and answer.headers["X-Extra"] == "more"
            assert answer.read() == b"this is status {status}"
    """)


def peak(remote: Remote, code: str) -> int:
    """How many MB the resident memory grows by while code runs."""
    status = Path(f"/proc/{remote.server.pid}/status")
    Path(f"/proc/{remote.server.pid}/clear_refs").write_text("5")

    def line(name: str) -> int:
        found = re.search(rf"^{name}:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        assert found
        return int(found.group(1)) // 1024

    before = line("VmRSS")
    remote(code)
    return line("VmHWM") - before


@pytest.mark.release_build
def test_large_answer_and_large_body(remote: Remote, web: WebServer) -> None:
    blocks = 1200  # of 256 kB: 300 MB
    expected = hashlib.sha256(BLOCK * blocks).hexdigest()
    growth = peak(
        remote,
        f"""
        import hashlib
        sha, size = hashlib.sha256(), 0
        answer = orthanc.ChunkedHttpClient(orthanc.HttpMethod.GET, {web.url!r} + "/large/{blocks}")
        try:
            answer.status
            raise AssertionError("Orthanc cannot know the status yet")
        except RuntimeError as error:
            assert "read the body first" in str(error)
        for chunk in answer:
            assert len(chunk) <= 1 << 20
            sha.update(chunk)
        assert sha.hexdigest() == {expected!r}
        assert answer.status == 200
        """,
    )
    assert growth < 100
    growth = peak(
        remote,
        f"""
        import json
        block = bytes(range(256)) * 1024
        answer = orthanc.ChunkedHttpClient(2, {web.url!r} + "/echo", body=(block for _ in range({blocks})))
        seen = json.loads(answer.read())
        assert (seen["size"], seen["sha256"]) == ({blocks} * len(block), {expected!r})
        """,
    )
    assert growth < 100


def test_file_as_body_and_answer_as_file(remote: Remote, web: WebServer, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(BLOCK * 20)
    remote(f"""
        import json, shutil
        with open({str(tmp_path / "source")!r}, "rb") as source:
            seen = json.loads(orthanc.ChunkedHttpClient(2, {web.url!r} + "/echo", body=source).read())
        assert seen["sha256"] == {hashlib.sha256(BLOCK * 20).hexdigest()!r}
        with open({str(tmp_path / "target")!r}, "wb") as target:
            shutil.copyfileobj(orthanc.ChunkedHttpClient(1, {web.url!r} + "/large/20"), target)
    """)
    assert (tmp_path / "target").read_bytes() == BLOCK * 20


def test_answer_while_the_body_is_sent(remote: Remote, web: WebServer) -> None:
    """Both directions at the same time, each with more than is kept in memory."""
    remote(f"""
        import hashlib, threading
        block = bytes(range(256)) * 1024
        threads = set()

        def body():
            for _ in range(200):
                threads.add(threading.get_ident())
                yield block

        sha = hashlib.sha256()
        for chunk in orthanc.ChunkedHttpClient(2, {web.url!r} + "/duplex", body=body()):
            sha.update(chunk)
        assert sha.hexdigest() == {hashlib.sha256(BLOCK * 200).hexdigest()!r}
        assert threads == {{threading.get_ident()}}  # the script's iterator runs on its own thread
    """)


def test_two_threads_that_read(remote: Remote, web: WebServer) -> None:
    """Each piece of the body is sent once, whoever of them gives it."""
    remote(f"""
        from collections import Counter
        from concurrent.futures import ThreadPoolExecutor

        pieces = [bytes([number % 200]) * 1000 for number in range(2000)]
        answer = orthanc.ChunkedHttpClient(2, {web.url!r} + "/duplex", body=pieces)

        def read(_):
            return Counter(byte for chunk in iter(lambda: answer.read(5000), b"") for byte in chunk)

        with ThreadPoolExecutor(4) as threads:
            found = sum(threads.map(read, range(4)), Counter())
        assert found == Counter({{number: 10_000 for number in range(200)}}), found
    """)


def test_body_that_waits_for_its_answer(remote: Remote, web: WebServer) -> None:
    """Each would wait for the other for ever."""
    error = remote.error(f"""
        answers = []

        def body():
            while not answers:
                yield bytes(10_000)
            answers[0].read(10**9)
            yield b"more"

        answers.append(orthanc.ChunkedHttpClient(2, {web.url!r} + "/duplex", body=body()))
        answers[0].read()
    """)
    assert error.kind == "RuntimeError" and "the body of the request waits for an answer" in error.arguments[0]


def test_exceptions_of_the_body(remote: Remote, web: WebServer) -> None:
    count = len(web.requests)
    error = remote.error(f"""
        def body():
            yield b"some"
            raise LookupError("no more", 7)

        orthanc.ChunkedHttpClient(2, {web.url!r} + "/echo", body=body())
    """)
    assert (error.kind, error.arguments) == ("LookupError", ["no more", 7])
    error = remote.error(f"orthanc.ChunkedHttpClient(2, {web.url!r} + '/echo', body=[b'some', 5])")
    assert error.kind == "TypeError" and "bytes" in error.arguments[0]
    remote(f"assert orthanc.HttpGet({web.url!r} + '/status/200')")
    assert len(web.requests) == count  # the server must not take a body for complete that is not


def test_answer_that_breaks_off(remote: Remote, web: WebServer) -> None:
    remote(f"""
        answer = orthanc.ChunkedHttpClient(1, {web.url!r} + "/broken")
        read = []
        try:
            for chunk in answer:
                read.append(chunk)
            raise AssertionError("nothing was raised")
        except orthanc.OrthancException as error:
            assert error.args[0] == orthanc.ErrorCode.NETWORK_PROTOCOL
        assert read == [b"only this"]
    """)


@pytest.mark.parametrize(
    "leave",
    [
        "answer.close()",
        "del answer",
        "with answer:\n    next(answer)",
    ],
)
def test_leaving_early_ends_the_transfer(remote: Remote, web: WebServer, leave: str) -> None:
    count = len(web.ended)
    threads = len(list(Path(f"/proc/{remote.server.pid}/task").iterdir()))
    code = f"answer = orthanc.ChunkedHttpClient(1, {web.url!r} + '/endless')\nnext(answer)\n{leave}\n"
    if "del" not in leave:
        code += "kept['answer'] = answer\n"
        assert "is closed" in remote.error(code + "next(answer)").arguments[0]
        assert "is closed" in remote.error("kept.pop('answer').status").arguments[0]
    else:
        remote(code)
    assert eventually(lambda: len(web.ended) == count + 1)
    assert eventually(lambda: len(list(Path(f"/proc/{remote.server.pid}/task").iterdir())) <= threads)


def test_other_requests_go_on_meanwhile(remote: Remote, web: WebServer) -> None:
    """Waiting for a server blocks neither Python nor Orthanc."""
    code = f"orthanc.ChunkedHttpClient(1, {web.url!r} + '/silent', timeout=30)"
    errors: list[str] = []
    waiting = threading.Thread(target=lambda: errors.append(remote.error(code).kind))
    waiting.start()
    assert remote.value("1 + 1") == 2
    web.release.set()
    waiting.join()
    web.release.clear()
    assert errors == ["OrthancException"]


def test_stop_during_a_transfer(orthanc: Servers, web: WebServer) -> None:
    """A script that keeps the answer and never reads it to its end does not hold Orthanc up."""
    server = orthanc(SCRIPT)
    remote = Remote(server)
    count = len(web.ended)
    remote(f"kept['answer'] = orthanc.ChunkedHttpClient(1, {web.url!r} + '/endless')\nnext(kept['answer'])")
    orthanc.stop(server)
    assert eventually(lambda: len(web.ended) == count + 1)
