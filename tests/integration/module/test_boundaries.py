# SPDX-License-Identifier: GPL-3.0-or-later
"""Each size that the plugin checks: one less, just so, and one more. ci/sanitize sees reads beyond a buffer in them."""

from __future__ import annotations

import pytest
from conftest import Servers
from helpers import CT
from remote import SCRIPT, Remote

ANSWERS = """
def png(output, uri, **request):
    output.CompressAndAnswerPngImage(orthanc.PixelFormat.GRAYSCALE16, 5, 3, 12, bytes(int(request["groups"][0])))

def jpeg(output, uri, **request):
    output.CompressAndAnswerJpegImage(orthanc.PixelFormat.GRAYSCALE8, 5, 3, 8, bytes(int(request["groups"][0])), 90)

def status(output, uri, **request):
    body, size = request["groups"]
    output.SendHttpStatus(404, bytes(int(body)), int(size))

def fail(output, uri, **request):
    raise orthanc.OrthancException(int(request["groups"][0]), "text")

orthanc.RegisterRestCallback("/raise/(.*)", fail)
orthanc.RegisterRestCallback("/png/(.*)", png)
orthanc.RegisterRestCallback("/jpeg/(.*)", jpeg)
orthanc.RegisterRestCallback("/status/(.*)/(.*)", status)
"""
PATH = repr(str(CT))
SIZE = CT.stat().st_size


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    peers = {"OrthancPeers": {"other": {"Url": "http://localhost:1/"}}}
    return Remote(module_orthanc(SCRIPT + ANSWERS, configuration=peers))


def judged(remote: Remote, code: str) -> str:
    """Return the exception that an expression raises, "" if it raises none."""
    return str(
        remote(f"""
        try:
            {code}
            result = ""
        except Exception as error:
            result = type(error).__name__
    """)
    )


@pytest.mark.parametrize(
    ("function", "more"), [("CreateImageFromBuffer", ""), ("CompressPngImage", ""), ("CompressJpegImage", ", 90")]
)
@pytest.mark.parametrize("kind", ["bytes", "bytearray", "memoryview"])
def test_pixels(remote: Remote, function: str, more: str, kind: str) -> None:
    """Three rows of 8 bytes are 24."""
    call = f"orthanc.{function}(orthanc.PixelFormat.GRAYSCALE8, 5, 3, 8, {kind}(bytes({{}})){more})"
    outcomes = [judged(remote, call.format(size)) for size in (0, 23, 24, 25)]
    assert outcomes == ["ValueError", "ValueError", "", ""]


@pytest.mark.parametrize("pitch", [4, 5, 6])
def test_pitch(remote: Remote, pitch: int) -> None:
    """Orthanc compares the pitch with the width; its error is not a crash."""
    buffer = 3 * pitch
    call = f"orthanc.CreateImageFromBuffer(orthanc.PixelFormat.GRAYSCALE8, 5, 3, {pitch}, bytes({buffer}))"
    assert judged(remote, call) == ("OrthancException" if pitch < 5 else "")


def test_pixels_of_a_large_image(remote: Remote) -> None:
    """Height times pitch is more than 32 bits hold."""
    call = "orthanc.{}(orthanc.PixelFormat.GRAYSCALE8, 65536, 65536, 65536, bytes({}){})"
    for function, more in (("CreateImageFromBuffer", ""), ("CompressPngImage", ""), ("CompressJpegImage", ", 90")):
        for size in (0, 1, 65536):
            assert judged(remote, call.format(function, size, more)) == "ValueError", function


@pytest.mark.parametrize(("route", "size"), [("png", 36), ("jpeg", 24)])
def test_answered_pixels(remote: Remote, route: str, size: int) -> None:
    statuses = [remote.server.get(f"/{route}/{each}").status for each in (size - 1, size, size + 1)]
    assert statuses == [500, 200, 200]


@pytest.mark.parametrize(("given", "sent"), [(0, 0), (9, 9), (10, 10), (11, None)])
def test_size_of_a_body(remote: Remote, given: int, sent: int | None) -> None:
    answer = remote.server.get(f"/status/10/{given}")
    assert answer.status == (404 if sent is not None else 500)
    if sent is not None:
        assert answer.body == bytes(sent)


@pytest.mark.parametrize("offset", [0, 1, SIZE - 1, SIZE, SIZE + 1, 2**32, 2**64 - 1])
@pytest.mark.parametrize("size", [0, 1, SIZE - 1, SIZE, SIZE + 1, 2**64 - 1])
def test_range_of_an_instance(remote: Remote, offset: int, size: int) -> None:
    whole = CT.read_bytes()
    found = remote.value(f"orthanc.CreateDicomInstance(open({PATH}, 'rb').read()).GetInstanceDataRange({offset}, {size})")
    assert found == whole[offset : offset + size]


def test_end_of_an_opened_instance(remote: Remote) -> None:
    result = remote(f"""
        file = orthanc.CreateDicomInstance(open({PATH}, "rb").read()).OpenInstanceData()
        result = []
        for place in ({SIZE} - 1, {SIZE}, {SIZE} + 1):
            file.seek(place)
            result.append([len(file.read(1)), len(file.read(2))])
        file.seek({SIZE} - 2)
        result.append([len(file.read(2)), len(file.read())])
    """)
    assert result == [[1, 0], [0, 0], [0, 0], [2, 0]]


@pytest.mark.parametrize(
    ("call", "smallest", "largest"),
    [
        ("orthanc.GetTagName({}, 0, '')", 0, 2**16 - 1),
        ("orthanc.GetTagName(0, {}, '')", 0, 2**16 - 1),
        ("orthanc.GetErrorDescription({})", -(2**31), 2**31 - 1),
        ("orthanc.CompressJpegImage(orthanc.PixelFormat.GRAYSCALE8, 5, 3, 8, bytes(24), {})", 0, 2**8 - 1),
        ("orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, {}, 0)", 0, 2**32 - 1),
        (f"orthanc.CreateDicomInstance(open({PATH}, 'rb').read()).GetInstanceDataRange({{}}, 0)", 0, 2**64 - 1),
        ("orthanc.SetGlobalProperty({}, 'x')", -(2**31), 2**31 - 1),
    ],
)
def test_numbers(remote: Remote, call: str, smallest: int, largest: int) -> None:
    """A number that the C type cannot hold is refused by the plugin; what Orthanc says of others is its own affair."""
    for number in (smallest, largest):
        assert judged(remote, call.format(number)) in ("", "OrthancException"), number
    for number in (smallest - 1, largest + 1, -(2**200), 2**200):
        assert judged(remote, call.format(number)) == "OverflowError", number


@pytest.mark.parametrize(
    ("call", "count"),
    [
        ("GetPeers().GetPeerName({})", "GetPeers().GetPeersCount()"),
        ("GetPeers().GetPeerUrl({})", "GetPeers().GetPeersCount()"),
        ("GetCommandLineArgument({})", "GetCommandLineArgumentsCount()"),
    ],
)
def test_indexes(remote: Remote, call: str, count: str) -> None:
    number = remote.value(f"orthanc.{count}")
    assert number > 0
    assert judged(remote, f"assert orthanc.{call.format(number - 1)}") == ""
    found = remote(f"""
        try:
            result = orthanc.{call.format(number)}
        except orthanc.OrthancException:
            result = None
    """)
    assert found is None


@pytest.mark.parametrize("size", [0, 1, 2, 4095, 4096, 4097])
def test_memory_buffers(remote: Remote, size: int) -> None:
    """The content of an Orthanc buffer comes whole, with whatever bytes are in it."""
    result = remote(f"""
        data = bytes(range(256)) * 17
        data = data[:{size}]
        squeezed = orthanc.BufferCompression(data, orthanc.CompressionType.ZLIB_WITH_SIZE, 0)
        again = orthanc.BufferCompression(squeezed, orthanc.CompressionType.ZLIB_WITH_SIZE, 1)
        result = [again == data, orthanc.CreateMemoryBuffer({size}) == bytes({size})]
    """)
    assert result == [True, True]


@pytest.mark.parametrize("size", [2046, 2047, 2048, 2049])
def test_digest_with_and_without_the_gil(remote: Remote, size: int) -> None:
    """From 2048 bytes on the GIL is released."""
    assert remote(f"""
        import hashlib
        data = bytes(range(256)) * 10
        data = data[:{size}]
        result = [orthanc.ComputeMd5(data) == hashlib.md5(data).hexdigest(),
                  orthanc.ComputeSha1(data).replace("-", "") == hashlib.sha1(data).hexdigest()]
    """) == [True, True]


def test_more_than_32_bits(remote: Remote) -> None:
    """The pages of the map are never touched."""
    call = "import mmap; orthanc.{}(mmap.mmap(-1, 2 ** 32))"
    assert judged(remote, call.format("ComputeMd5")) == "OverflowError"
    assert judged(remote, call.format("CreateDicomInstance")) == "OverflowError"


@pytest.mark.parametrize("code", [1, -1, 2**31 - 1, -(2**31), 0, 2**31, -(2**31) - 1, 2**32, 2**64])
def test_code_of_an_exception(remote: Remote, code: int) -> None:
    """A code that its C type cannot hold is not cut to 32 bits: 2 ** 32 would be success."""
    answer = remote.server.get(f"/raise/{code}")
    assert answer.status >= 400
