# SPDX-License-Identifier: GPL-3.0-or-later
"""Images: what Orthanc draws and decodes, compared with what Pillow and pydicom make of the same data."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from helpers import COLOUR, CT, MR, read
from PIL import Image
from remote import Remote


def pixels(width: int, height: int, channels: int = 1, dtype: type = np.uint8) -> np.ndarray:
    values = np.random.default_rng(7).integers(0, np.iinfo(dtype).max, (height, width, channels), dtype=dtype)
    return values[:, :, 0] if channels == 1 else values


def decode(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_png(remote: Remote) -> None:
    gray, colour = pixels(5, 3), pixels(5, 3, 3)
    deep = pixels(5, 3, dtype=np.uint16)
    compress = "orthanc.CompressPngImage(orthanc.PixelFormat.{}, 5, 3, {}, {!r})"
    assert (decode(remote.value(compress.format("GRAYSCALE8", 5, gray.tobytes()))) == gray).all()
    assert (decode(remote.value(compress.format("RGB24", 15, colour.tobytes()))) == colour).all()
    assert (decode(remote.value(compress.format("GRAYSCALE16", 10, deep.tobytes()))) == deep).all()
    padded = np.zeros((3, 8), np.uint8)
    padded[:, :5] = gray
    assert (decode(remote.value(compress.format("GRAYSCALE8", 8, padded.tobytes()))) == gray).all()


def test_jpeg(remote: Remote) -> None:
    ramp = np.tile(np.arange(0, 256, 4, dtype=np.uint8), (64, 1))
    call = f"orthanc.CompressJpegImage(orthanc.PixelFormat.GRAYSCALE8, 64, 64, 64, {ramp.tobytes()!r}, 95)"
    assert np.abs(decode(remote.value(call)).astype(int) - ramp).max() < 8


def test_image_from_buffer(remote: Remote) -> None:
    colour = pixels(6, 4, 3)
    padded = np.zeros((4, 20), np.uint8)
    padded[:, :18] = colour.reshape(4, 18)
    result = remote(f"""
        image = orthanc.CreateImageFromBuffer(orthanc.PixelFormat.RGB24, 6, 4, 20, {padded.tobytes()!r})
        assert isinstance(image, orthanc.Image)
        assert image.GetImagePixelFormat() == orthanc.PixelFormat.RGB24
        gray = image.ConvertPixelFormat(orthanc.PixelFormat.GRAYSCALE8)
        assert gray.GetImagePixelFormat() == orthanc.PixelFormat.GRAYSCALE8
        result = [image.GetImageWidth(), image.GetImageHeight(), image.GetImagePitch(), image.GetImageBuffer(),
                  gray.GetImagePitch(), gray.GetImageBuffer()]
    """)
    width, height, pitch, buffer, gray_pitch, gray = result
    assert (width, height) == (6, 4) and pitch >= 18 and len(buffer) == pitch * height
    rows = np.frombuffer(buffer, np.uint8).reshape(height, pitch)[:, :18]
    assert (rows.reshape(4, 6, 3) == colour).all()
    expected = colour @ np.array([0.2126, 0.7152, 0.0722])
    actual = np.frombuffer(gray, np.uint8).reshape(height, gray_pitch)[:, :6]
    assert np.abs(actual - expected).max() <= 8  # Orthanc's weight of blue is a little lower


def test_uncompress(remote: Remote) -> None:
    colour = pixels(7, 5, 3)
    png = io.BytesIO()
    Image.fromarray(colour).save(png, "PNG")
    pitch, buffer = remote(f"""
        image = orthanc.UncompressImage({png.getvalue()!r}, orthanc.ImageFormat.PNG)
        assert (image.GetImageWidth(), image.GetImageHeight()) == (7, 5)
        result = [image.GetImagePitch(), image.GetImageBuffer()]
    """)
    rows = np.frombuffer(buffer, np.uint8).reshape(5, pitch)[:, :21]
    assert (rows.reshape(5, 7, 3) == colour).all()


@pytest.mark.parametrize("path", [CT, MR, COLOUR], ids=lambda path: path.stem)
def test_decoding_of_dicom(remote: Remote, path: object) -> None:
    expected = read(path).pixel_array  # type: ignore[arg-type]
    width, height, pitch, buffer, same = remote(f"""
        data = open({str(path)!r}, "rb").read()
        image = orthanc.DecodeDicomImage(data, 0)
        frame = orthanc.CreateDicomInstance(data).GetInstanceDecodedFrame(0)
        result = [image.GetImageWidth(), image.GetImageHeight(), image.GetImagePitch(), image.GetImageBuffer(),
                  frame.GetImageBuffer() == image.GetImageBuffer()]
    """)
    assert same and (height, width) == expected.shape[:2]
    line = expected.nbytes // height
    rows = np.frombuffer(buffer, np.uint8).reshape(height, pitch)[:, :line]
    assert rows.tobytes() == expected.tobytes()
    raw = remote.value(f"orthanc.CreateDicomInstance(open({str(path)!r}, 'rb').read()).GetInstanceRawFrame(0)")
    assert raw[: expected.nbytes] == expected.tobytes()


@pytest.mark.parametrize(("width", "height"), [(65536, 65536), (65536, 65537), (2**31, 2**31), (2**32 - 1, 2**32 - 1)])
def test_image_of_4_gb(remote: Remote, width: int, height: int) -> None:
    """Orthanc would give it the rest of its size modulo 2^32, and reading it would end Orthanc."""
    error = remote.error(f"orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, {width}, {height})")
    assert error.kind == "ValueError" and f"Orthanc cannot hold {width} x {height} pixels" in str(error)


@pytest.mark.parametrize("function", ["CreateImageFromBuffer", "CompressPngImage"])
def test_pixels_of_4_gb(remote: Remote, function: str) -> None:
    """Rows of no bytes need no buffer, but Orthanc would read their pixels."""
    error = remote.error(f"orthanc.{function}(orthanc.PixelFormat.RGBA32, 2**30, 1, 0, b'')")
    assert error.kind == "ValueError" and "Orthanc cannot hold 1073741824 x 1 pixels" in str(error)


@pytest.mark.skipif("ORTHANC_PYTHON_SANITIZER" in os.environ, reason="AddressSanitizer ends a process without memory")
def test_error_without_memory_for_a_copy(remote: Remote) -> None:
    """The error is that of the copy, also after the clean-up."""
    error = remote.error("""
        import resource
        pixels = bytes(300_000_000)
        limits = resource.getrlimit(resource.RLIMIT_AS)
        with open("/proc/self/statm") as statm:
            size = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + 100_000_000, limits[1]))
        try:
            orthanc.CreateImageFromBuffer(orthanc.PixelFormat.GRAYSCALE8, 30_000, 10_000, 30_000, pixels)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, limits)
    """)
    assert "memory" in str(error).lower()


def test_conversion_to_4_gb(remote: Remote) -> None:
    error = remote.error("""orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 65536, 16384).ConvertPixelFormat(
        orthanc.PixelFormat.RGBA32)""")
    assert "Orthanc cannot hold 65536 x 16384 pixels" in str(error)
    largest = "orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 65536, 65535)"
    assert remote.value(f"{largest}.GetImagePitch()") == 65536


def test_create_dicom_with_image(remote: Remote) -> None:
    colour = pixels(6, 4, 3)
    rows, columns, data = remote(f"""
        import io, pydicom
        image = orthanc.CreateImageFromBuffer(orthanc.PixelFormat.RGB24, 6, 4, 18, {colour.tobytes()!r})
        dicom = orthanc.CreateDicom('{{"PatientName": "A"}}', image, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS)
        dataset = pydicom.dcmread(io.BytesIO(dicom))
        result = [dataset.Rows, dataset.Columns, dataset.PixelData]
    """)
    assert (rows, columns) == (4, 6)
    assert data[: colour.nbytes] == colour.tobytes()


def test_drawing_and_owned_memory(remote: Remote) -> None:
    remote("""
        import gc
        image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 100, 40)
        before = image.GetImageBuffer()
        if orthanc.GetFontsCount():
            image.DrawText(0, "Orthanc", 1, 1, 255, 255, 255)
            assert image.GetImageBuffer() != before
        for _ in range(300):
            orthanc.CreateImage(orthanc.PixelFormat.RGB24, 1000, 1000)
        kept["buffer"] = image.GetImageBuffer()
        del image
        gc.collect()
        assert len(kept["buffer"]) >= 4000
    """)
    status = Path(f"/proc/{remote.server.pid}/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 700_000, "images are not given back"
