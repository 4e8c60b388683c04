# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoders and transcoders of DICOM images, and metrics, that are written in Python."""

from __future__ import annotations

import io

from conftest import Servers
from helpers import COLOUR, CT, read
from PIL import Image
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

DECODER = """
import orthanc

def first(dicom, frame):
    assert type(dicom) is bytes and dicom[128:132] == b"DICM"
    if b"ROMEO" in dicom or orthanc.CreateDicomInstance(dicom).GetInstanceFramesCount() > 1:
        raise LookupError("no codec")
    return None

def second(dicom, frame):
    return orthanc.CreateImageFromBuffer(orthanc.PixelFormat.GRAYSCALE8, 2, 2, 2, bytes([frame, 1, 2, 255]))

orthanc.RegisterDecodeImageCallback(first)
orthanc.RegisterDecodeImageCallback(second)
"""


def test_decoder(orthanc: Servers) -> None:
    server = orthanc(DECODER)
    instance = server.upload(CT)["ID"]
    image = Image.open(io.BytesIO(server.get(f"/instances/{instance}/image-uint8").body))
    assert image.size == (2, 2)
    assert list(image.tobytes()) == [0, 1, 2, 255]


def test_decoder_with_nothing_to_say(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc

        def wrong(dicom, frame):
            orthanc.LogWarning("the decoder was asked")
            return b"pixels"

        orthanc.RegisterDecodeImageCallback(wrong)
        orthanc.RegisterDecodeImageCallback(lambda dicom, frame: None)
        """
    )
    instance = server.upload(CT)["ID"]
    image = Image.open(io.BytesIO(server.get(f"/instances/{instance}/preview").body))
    assert image.size == (128, 128)  # Orthanc has decoded it
    server.wait_for_log("the decoder was asked")
    server.wait_for_log("must return an Image or None, not <class 'bytes'>")


def test_transcoder(orthanc: Servers) -> None:
    server = orthanc(
        """
        import io
        import orthanc
        import pydicom

        def transcode(dicom, syntaxes, new_identifier):
            orthanc.LogWarning(f"asked for {syntaxes}, {new_identifier}")
            dataset = pydicom.dcmread(io.BytesIO(dicom))
            if pydicom.uid.JPEGBaseline8Bit not in syntaxes:
                return None
            dataset.PatientName = "TRANSCODED^IN PYTHON"
            dataset.file_meta.TransferSyntaxUID = pydicom.uid.JPEGBaseline8Bit
            dataset.PixelData = pydicom.encaps.encapsulate([b"no real JPEG"])
            content = io.BytesIO()
            dataset.save_as(content)
            return content.getvalue()

        orthanc.RegisterTranscoderCallback(transcode)
        """
    )
    instance = server.upload(COLOUR)["ID"]
    answer = server.post(f"/instances/{instance}/modify", f'{{"Transcode": "{JPEGBaseline8Bit}"}}')
    assert answer.status == 200, answer.text
    server.wait_for_log(r"asked for \['1\.2\.840\.10008\.1\.2\.4\.50'\], (True|False)")
    transcoded = read(io.BytesIO(answer.body))  # type: ignore[arg-type]
    assert transcoded.file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert transcoded.PatientName == "TRANSCODED^IN PYTHON"
    left = server.post(f"/instances/{instance}/modify", f'{{"Transcode": "{ExplicitVRLittleEndian}"}}')
    assert read(io.BytesIO(left.body)).PatientName != "TRANSCODED^IN PYTHON"  # type: ignore[arg-type]


def test_metrics(orthanc: Servers) -> None:
    server = orthanc(
        """
        import orthanc

        calls = 0

        def refresh():
            global calls
            calls += 1
            orthanc.SetMetricsValue("sample_calls", calls, orthanc.MetricsType.DEFAULT)
            if calls == 2:
                raise LookupError("no gauge")

        orthanc.RegisterRefreshMetricsCallback(refresh)
        """
    )
    assert "\nsample_calls 1 " in "\n" + server.get("/tools/metrics-prometheus").text
    assert "\nsample_calls 2 " in "\n" + server.get("/tools/metrics-prometheus").text
    server.wait_for_log("the refresh of the metrics failed .*LookupError: no gauge")
