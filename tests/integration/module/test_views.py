# SPDX-License-Identifier: GPL-3.0-or-later
"""Views of Orthanc's memory without a copy, their end, and files that read DICOM instances in parts."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Servers
from helpers import COLOUR, CT, MR, new_instance, read
from PIL import Image
from remote import SCRIPT, Remote

MEGABYTE = 1_000_000
LARGE = 120 * MEGABYTE

# The most memory that a piece of code has taken besides what was there before, by Linux's figures.
MEMORY = """
def memory(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))

class Growth:
    def __enter__(self):
        with open("/proc/self/clear_refs", "w") as peak:
            peak.write("5")  # the peak begins anew
        self.before = memory("VmRSS")
        return self

    def __exit__(self, *error):
        self.bytes = memory("VmHWM") - self.before
"""


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    remote = Remote(module_orthanc(SCRIPT + MEMORY + "kept['Growth'] = Growth\n"))
    remote("import numpy, pydicom")
    return remote


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DICOM file of more than 100 MB."""
    pixels = np.arange(LARGE // 2, dtype=np.uint16).tobytes()
    path = tmp_path_factory.mktemp("large") / "large.dcm"
    path.write_bytes(new_instance(CT, Rows=8000, Columns=7500, PixelData=pixels)[1])
    return path


@pytest.mark.parametrize(
    ("name", "dtype", "channels"),
    [
        ("GRAYSCALE8", "uint8", 1),
        ("GRAYSCALE16", "uint16", 1),
        ("SIGNED_GRAYSCALE16", "int16", 1),
        ("GRAYSCALE32", "uint32", 1),
        ("GRAYSCALE64", "uint64", 1),
        ("FLOAT32", "float32", 1),
        ("RGB24", "uint8", 3),
        ("RGB48", "uint16", 3),
        ("RGBA32", "uint8", 4),
        ("BGRA32", "uint8", 4),
    ],
)
def test_pixels_of_each_format(remote: Remote, name: str, dtype: str, channels: int) -> None:
    shape = [3, 5] if channels == 1 else [3, 5, channels]
    found = remote(f"""
        import numpy
        image = orthanc.CreateImage(orthanc.PixelFormat.{name}, 5, 3)
        view = image.GetImageBufferView()
        assert isinstance(view, memoryview) and not view.readonly and list(view.shape) == {shape}
        array = numpy.asarray(view)
        array[...] = numpy.arange(array.size).reshape(array.shape)
        pitch = image.GetImagePitch()
        rows = numpy.frombuffer(image.GetImageBuffer(), numpy.uint8).reshape(3, pitch)[:, : array[0].nbytes]
        result = [str(array.dtype), list(array.shape), (rows.tobytes() == array.tobytes()), int(array[2, 4].max())]
    """)
    assert found == [dtype, shape, True, 15 * channels - 1]


@pytest.mark.parametrize("path", [CT, MR, COLOUR], ids=lambda path: path.stem)
def test_pixels_of_decoded_frames(remote: Remote, path: Path) -> None:
    found = remote(f"""
        import numpy
        image = orthanc.CreateDicomInstance(open({str(path)!r}, "rb").read()).GetInstanceDecodedFrame(0)
        array = numpy.asarray(image.GetImageBufferView())
        result = [str(array.dtype), list(array.shape), array.tobytes()]
    """)
    expected = read(path).pixel_array
    assert found == [str(expected.dtype), list(expected.shape), expected.tobytes()]


def test_empty_image(remote: Remote) -> None:
    assert remote.value("orthanc.CreateImage(orthanc.PixelFormat.RGB24, 0, 0).GetImageBufferView().shape") == [0, 0, 3]


def test_view_keeps_the_image(remote: Remote) -> None:
    remote("""
        import gc, numpy
        array = numpy.asarray(orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 2000, 1000).GetImageBufferView())
        array[:] = 7
        part = array[500:, 1000:]
        del array
        gc.collect()
        others = [orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 2000, 1000) for _ in range(20)]
        for other in others:
            numpy.asarray(other.GetImageBufferView())[:] = 9
        assert part.shape == (500, 1000) and (part == 7).all()
    """)


def test_view_keeps_the_instance(remote: Remote) -> None:
    remote(f"""
        import gc
        data = open({str(CT)!r}, "rb").read()
        view = orthanc.CreateDicomInstance(data).GetInstanceDataView()
        gc.collect()
        others = [orthanc.CreateDicomInstance(bytes(len(data))) for _ in range(50)]
        assert view.readonly and view.format == "B" and view.nbytes == len(data) and view == data
        try:
            view[0] = 1
        except TypeError:
            pass
        else:
            raise AssertionError("the view can be written")
    """)


@pytest.mark.release_build
def test_memory_comes_back(remote: Remote) -> None:
    grown = remote("""
        import numpy
        with kept["Growth"]() as growth:
            for _ in range(100):
                image = orthanc.CreateImage(orthanc.PixelFormat.RGB24, 2000, 1000)
                numpy.asarray(image.GetImageBufferView())[:] = 1
        result = growth.bytes
    """)
    assert grown < 40 * MEGABYTE, "images are not given back with their views"


def test_no_copy_of_a_large_instance(remote: Remote, large: Path) -> None:
    grown, digest, total = remote(f"""
        import hashlib, mmap, numpy
        with open({str(large)!r}, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            instance = orthanc.CreateDicomInstance(content)
        instance.GetInstanceDataRange(0, 1)
        with kept["Growth"]() as growth:
            view = instance.GetInstanceDataView()
            array = numpy.frombuffer(view, numpy.uint8)
            total = int(array.sum())
            digest = hashlib.sha256(view).hexdigest()
            assert len(orthanc.ComputeMd5(view)) == 32
        result = [growth.bytes, digest, total]
    """)
    content = large.read_bytes()
    assert digest == hashlib.sha256(content).hexdigest()
    assert total == int(np.frombuffer(content, np.uint8).sum())
    assert grown < 20 * MEGABYTE, f"{grown} bytes for views of an instance of {len(content)}"


LENT = f"""
import hashlib
import json
import numpy
import orthanc
import pydicom

{MEMORY}
kept = []
results = []

def on_stored(instance, instance_id):
    instance.GetInstanceDataRange(0, 1)
    with Growth() as growth:
        with instance.OpenInstanceData() as file:
            header = pydicom.dcmread(file, stop_before_pixels=True)
            digest = hashlib.sha256()
            file.seek(0)
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            end = file.seek(-4, 2)
            tail = file.read()
            assert file.tell() == end + 4 == instance.GetInstanceSize() and file.read() == b""
    results.append([growth.bytes, header.SOPInstanceUID, digest.hexdigest(), list(tail)])
    kept.append((instance, instance.OpenInstanceData(), instance.GetInstanceDataView(),
                 numpy.frombuffer(instance.GetInstanceDataView(), numpy.uint8)[1:]))

def late(output, uri, **request):
    answers = []
    for instance, file, view, array in kept:
        methods = (instance.GetInstanceData, instance.GetInstanceDataView, instance.OpenInstanceData)
        for use in (file.read, *methods, lambda: instance.GetInstanceDataRange(0, 1)):
            try:
                use()
            except RuntimeError as error:
                assert "for the duration of the callback" in str(error)
            else:
                raise AssertionError("a lent instance was used after its end")
        answers.append([hashlib.sha256(view).hexdigest(), hashlib.sha256(view[:1]).hexdigest() and int(array.sum())])
    output.AnswerBuffer(json.dumps(answers), "application/json")

orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterRestCallback("/results", lambda output, uri, **_: output.AnswerBuffer(json.dumps(results), "application/json"))
orthanc.RegisterRestCallback("/late", late)
"""


@pytest.mark.release_build
def test_lent_instance(orthanc: Servers, large: Path) -> None:
    server = orthanc(LENT)
    files = [large.read_bytes(), *(new_instance(CT)[1] for _ in range(5))]
    for file in files:
        server.upload(file)
    results = server.get("/results").json()
    assert [result[2] for result in results] == [hashlib.sha256(file).hexdigest() for file in files]
    assert [bytes(result[3]) for result in results] == [file[-4:] for file in files]
    assert results[0][0] < 20 * MEGABYTE, f"{results[0][0]} bytes to read an instance of {len(files[0])} in parts"
    # A file that survives the callback reads valid memory.
    for answer, file in zip(server.get("/late").json(), files, strict=True):
        assert answer == [hashlib.sha256(file).hexdigest(), int(np.frombuffer(file, np.uint8)[1:].sum())]


DECODER = """
import json
import numpy
import orthanc

kept = []

def decode(dicom, frame):
    image = orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 64, 32)
    array = numpy.asarray(image.GetImageBufferView())
    array[:] = len(kept) + 1
    kept.append((image, array))
    return image

def look(output, uri, **request):
    for number, (image, array) in enumerate(kept, 1):
        assert (array == number).all() and image.GetImageWidth() == 64
        array[:] = number
    output.AnswerBuffer(json.dumps(len(kept)), "application/json")

orthanc.RegisterDecodeImageCallback(decode)
orthanc.RegisterRestCallback("/look", look)
"""


def test_view_that_survives_its_image(orthanc: Servers) -> None:
    server = orthanc(DECODER)
    instance = server.upload(CT)["ID"]
    for _ in range(20):
        shown = np.asarray(Image.open(io.BytesIO(server.get(f"/instances/{instance}/image-uint8").body)))
        assert shown.shape == (32, 64)
        assert json.loads(server.get("/look").text) == shown.min() == shown.max() > 0


def test_views_of_ended_objects(remote: Remote) -> None:
    remote(f"""
        instance = orthanc.CreateDicomInstance(open({str(CT)!r}, "rb").read())
        assert instance.GetInstanceDataRange(128, 4) == b"DICM"
        assert instance.GetInstanceDataRange(10 ** 15, 2 ** 63) == b""
        assert instance.GetInstanceDataRange(instance.GetInstanceSize() - 2, 100) == instance.GetInstanceData()[-2:]
        file = instance.OpenInstanceData()
        for arguments in ((-1,), (0, 3)):
            try:
                file.seek(*arguments)
            except ValueError:
                pass
            else:
                raise AssertionError(arguments)
        assert file.readable() and file.seekable() and not file.writable()
    """)
