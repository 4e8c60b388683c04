# SPDX-License-Identifier: GPL-3.0-or-later
"""DICOMweb documents, with a say in what becomes of binary elements."""

from __future__ import annotations

import base64

import pytest
from conftest import Servers
from helpers import CT, read
from remote import SCRIPT, Remote

PIXELS = "7FE00010"


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    remote = Remote(module_orthanc(SCRIPT))
    remote(f"""
        import json
        kept["ct"] = open({str(CT)!r}, "rb").read()
        kept["json"] = lambda *binary: json.loads(orthanc.EncodeDicomWebJson(kept["ct"], *binary))
    """)
    return remote


def test_inline(remote: Remote) -> None:
    found = remote("result = kept['json']()")
    assert base64.b64decode(found[PIXELS]["InlineBinary"]) == read(CT).PixelData
    assert remote("result = kept['json'](orthanc.DicomWebBinaryMode.INLINE_BINARY)") == found


def test_left_out(remote: Remote) -> None:
    for binary in ("None", "orthanc.DicomWebBinaryMode.IGNORE"):
        found = remote(f"result = kept['json']({binary})")
        assert set(found.get(PIXELS, {})) <= {"vr"}
        assert found["00080060"]["Value"] == ["CT"]


def test_uri(remote: Remote) -> None:
    assert remote("result = kept['json']('../bulk')")[PIXELS]["BulkDataURI"] == "../bulk"


def test_function(remote: Remote) -> None:
    calls, found = remote("""
        calls = []
        def choose(path, group, element, vr):
            calls.append([list(map(list, path)), group, element, int(vr)])
            return f"../{group:04x}{element:04x}" if group == 0x7FE0 else None
        result = [calls, kept["json"](choose)]
    """)
    assert [[], 0x7FE0, 0x0010] in [call[:3] for call in calls]
    assert found[PIXELS]["BulkDataURI"] == "../7fe00010"


def test_error_in_function(remote: Remote) -> None:
    error = remote.error("kept['json'](lambda *arguments: 1 / 0)")
    assert error.kind == "ZeroDivisionError"
    assert remote.error("kept['json'](lambda *arguments: True)").kind == "TypeError"
    assert remote.error("kept['json'](12345)").kind == "ValueError"
    assert remote.error("orthanc.EncodeDicomWebJson(b'no DICOM')").kind == "OrthancException"


def test_xml_and_instances(remote: Remote) -> None:
    xml, same, document = remote(
        """
        instance = orthanc.CreateDicomInstance(kept["ct"])
        result = [
            orthanc.EncodeDicomWebXml2(kept["ct"], "../bulk"),
            instance.GetInstanceDicomWebXml(binary="../bulk"),
            json.loads(instance.GetInstanceDicomWebJson("../bulk")),
        ]
    """.replace("instance =", "import json\n        instance =", 1)
    )
    assert xml == same and "BulkData" in xml and '"../bulk"' in xml
    assert document[PIXELS]["BulkDataURI"] == "../bulk"


def test_both_generations(remote: Remote) -> None:
    remote("""
        for binary in (None, "../bulk", orthanc.DicomWebBinaryMode.INLINE_BINARY, lambda *element: None):
            for first, second in (("EncodeDicomWebJson", "EncodeDicomWebJson2"), ("EncodeDicomWebXml", "EncodeDicomWebXml2")):
                document = getattr(orthanc, first)(kept["ct"], binary)
                assert document and getattr(orthanc, second)(kept["ct"], binary=binary) == document
    """)


def test_wrong_choice_is_refused_before_it_is_needed(remote: Remote) -> None:
    nothing_binary = '{"PatientName": "A"}'
    create = f"orthanc.CreateDicom({nothing_binary!r}, None, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS)"
    assert remote.value(f"'00100010' in orthanc.EncodeDicomWebJson({create})")
    assert remote.error(f"orthanc.EncodeDicomWebJson({create}, object())").kind == "TypeError"
    assert remote.error(f"orthanc.CreateDicomInstance({create}).GetInstanceDicomWebXml(12345)").kind == "ValueError"
    assert remote.error(f"orthanc.EncodeDicomWebXml2({create}, '\\0')").kind == "ValueError"
