# SPDX-License-Identifier: GPL-3.0-or-later
"""Arguments and results of functions, as the SDK's types demand them."""

from __future__ import annotations

import hashlib
import json
import zlib

import pytest
from conftest import Servers
from helpers import CT, RT_PLAN, http_service, read
from remote import SCRIPT, Remote

UID = "1.2.826.0.1.3680043.8.498.1"


@pytest.fixture(scope="module")
def remote(module_orthanc: Servers) -> Remote:
    peers = {"OrthancPeers": {"other": {"Url": "http://localhost:1/", "Colour": "green"}}}
    server = module_orthanc(SCRIPT, configuration=peers)
    server.upload(CT)
    return Remote(server)


def test_keywords(remote: Remote) -> None:
    remote("""
        import json
        system = orthanc.RestApiGet("/system")
        assert orthanc.RestApiGet(uri="/system") == system
        assert json.loads(orthanc.RestApiPost("/tools/find", body='{"Level": "Study", "Query": {}}'))
        assert orthanc.GetTagName(group=0x10, element=0x20, privateCreator="") == "PatientID"
        assert orthanc.ComputeMd5(buffer=b"abc") == orthanc.ComputeMd5(b"abc")
    """)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("b'a\\x00\\xff'", b"a\x00\xff"),
        ("bytearray(b'a\\x00b')", b"a\x00b"),
        ("memoryview(b'abcdef')[1:3]", b"bc"),
        ("__import__('array').array('H', [1, 2])", b"\x01\0\x02\0"),
        ("'h\\u00e9llo'", "h\u00e9llo".encode()),
        ("''", b""),
        ("None", b""),
    ],
)
def test_data(remote: Remote, data: str, expected: bytes) -> None:
    assert remote.value(f"orthanc.ComputeMd5({data})") == hashlib.md5(expected).hexdigest()


@pytest.mark.parametrize(
    "call",
    [
        "RestApiGet()",
        "RestApiGet('/system', 1)",
        "RestApiGet(url='/system')",
        "RestApiGet(b'/system')",
        "RestApiGet(None)",
        "RestApiGet(5)",
        "ComputeMd5(5)",
        "ComputeMd5([1, 2])",
        "GetTagName('10', 0x20, '')",
        "CreateDicom('{}', 'no image', 0)",
        "RegisterRestCallback('/route', None)",
        "RegisterRestCallback('/route', 'not callable')",
    ],
)
def test_wrong_types(remote: Remote, call: str) -> None:
    assert remote.error(f"orthanc.{call}").kind == "TypeError"


@pytest.mark.parametrize(
    "call",
    [
        "RestApiGet('/system\\0')",
        "RestApiGet('\\ud800')",
        "LogWarning('\\0')",
        "GetTagName(-1, 0, '')",
        "GetTagName(0x10000, 0, '')",
        "GetErrorDescription(2 ** 40)",
        "CreateImage(orthanc.PixelFormat.GRAYSCALE8, -1, 4)",
        "CreateImage(orthanc.PixelFormat.GRAYSCALE8, 2 ** 32, 4)",
        "CreateImageFromBuffer(orthanc.PixelFormat.GRAYSCALE8, 4, 4, 4, b'short')",
        "CompressPngImage(orthanc.PixelFormat.GRAYSCALE8, 4, 4, 4, b'short')",
    ],
)
def test_wrong_values(remote: Remote, call: str) -> None:
    assert {"ValueError", "OverflowError"} & set(remote.error(f"orthanc.{call}").bases)


@pytest.mark.parametrize(
    "call",
    [
        "LookupPatient('nobody')",
        "LookupInstance('1.2.3')",
        "LookupDictionary('NoSuchTag')",
        "GetDicomForInstance('nothing')",
        "RestApiGet('/instances/nothing')",
        "RestApiDelete('/instances/nothing')",
        "RestApiPut('/modalities/nothing', '[')",
        "ReadFile('/nonexistent/file')",
        "CreateDicomInstance(b'no DICOM').GetInstanceJson()",  # Orthanc may parse at the first use
        "DecodeDicomImage(b'no DICOM', 0)",
        "UncompressImage(b'no PNG', orthanc.ImageFormat.PNG)",
        "GetCommandLineArgument(1000)",
    ],
)
def test_failures_of_primitives(remote: Remote, call: str) -> None:
    error = remote.error(f"orthanc.{call}")
    assert error.kind == "OrthancException"
    code, description = error.arguments
    assert isinstance(code, int) and isinstance(description, str) and description


@pytest.mark.parametrize("index", [2**31 - 1, 2**31, 2**31 + 1, 2**32 - 2, 2**32 - 1])
@pytest.mark.parametrize(
    "call",
    [
        "orthanc.GetCommandLineArgument({})",
        "orthanc.GetFontName({})",
        "orthanc.GetFontSize({})",
        "orthanc.CreateImage(orthanc.PixelFormat.GRAYSCALE8, 9, 9).DrawText({}, 'text', 0, 0, 1, 1, 1)",
        "orthanc.GetPeers().GetPeerName({})",
        "orthanc.GetPeers().GetPeerUrl({})",
        "orthanc.GetPeers().GetPeerUserProperty({}, 'Colour')",
        "orthanc.GetPeers().CallPeerApi({}, orthanc.HttpMethod.GET, '/system', {{}}, b'', 1)",
        "orthanc.DecodeDicomImage(orthanc.RestApiGet(path), {})",
        "orthanc.CreateDicomInstance(orthanc.RestApiGet(path)).GetInstanceRawFrame({})",
        "orthanc.CreateDicomInstance(orthanc.RestApiGet(path)).GetInstanceDecodedFrame({})",
    ],
)
def test_indexes_beyond_the_end(remote: Remote, call: str, index: int) -> None:
    """None of them is there, and Orthanc goes on."""
    path = "import json; path = '/instances/' + json.loads(orthanc.RestApiGet('/instances'))[0] + '/file'"
    assert remote(f"""{path}
try:
    result = {call.format(index)}
except orthanc.OrthancException as error:
    result = orthanc.ErrorCode(error.args[0]).name
""") in (None, "PARAMETER_OUT_OF_RANGE", *(["NULL_POINTER"] if "Decode" in call else []))  # Orthanc 1.12 has no such frame


def test_lookups(remote: Remote) -> None:
    dataset = read(CT)
    instance = remote.value(f"orthanc.LookupInstance('{dataset.SOPInstanceUID}')")
    assert remote.value(f"orthanc.GetDicomForInstance('{instance}')") == CT.read_bytes()
    assert json.loads(remote.value(f"orthanc.RestApiGet('/instances/{instance}')"))["ID"] == instance
    study = remote.value(f"orthanc.LookupStudy('{dataset.StudyInstanceUID}')")
    assert json.loads(remote.value(f"orthanc.RestApiGet('/studies/{study}')"))["ID"] == study


def test_dictionary(remote: Remote) -> None:
    entry = remote.value("orthanc.LookupDictionary('ImageType')")
    assert (entry["Group"], entry["Element"]) == (0x0008, 0x0008)
    assert entry["ValueRepresentation"] == remote.value("orthanc.ValueRepresentation.CS")
    assert set(entry) == {"Group", "Element", "ValueRepresentation", "MinMultiplicity", "MaxMultiplicity"}
    assert entry["MinMultiplicity"] == 2
    assert remote.value("orthanc.GetTagName(0x0010, 0x0010, '')") == "PatientName"
    assert remote.value("orthanc.GetTagName(0x0010, 0x0010, None)") == "PatientName"


def test_constant_strings(remote: Remote) -> None:
    remote("""
        peers = orthanc.GetPeers()
        assert peers.GetPeersCount() == 1
        assert peers.GetPeerName(0) == "other" and peers.GetPeerUrl(0) == "http://localhost:1/"
        assert peers.GetPeerUserProperty(0, "Colour") == "green"
        assert peers.GetPeerUserProperty(0, "Size") is None
        assert orthanc.AutodetectMimeType("a.dcm") == "application/dicom"
    """)


def test_numbers_and_strings(remote: Remote) -> None:
    assert json.loads(remote.value("orthanc.GetConfiguration()"))["DicomAet"] == "ORTHANC"
    assert remote.value("orthanc.GetOrthancPath()").endswith("Orthanc")
    assert remote.value("orthanc.GetCommandLineArgument(0)").endswith("orthanc.json")
    assert remote.value("orthanc.GetCommandLineArgumentsCount()") >= 1
    assert remote.value("len(orthanc.GenerateUuid())") == 36
    assert remote.value("orthanc.CheckVersionAdvanced(1, 0, 0)") == 1
    assert remote.value("orthanc.CheckVersionAdvanced(99, 0, 0)") == 0
    assert remote.value("orthanc.GetGlobalProperty(2000, 'none yet')") == "none yet"
    assert remote.value("orthanc.SetGlobalProperty(2000, 'h\\u00e9')") is None
    assert remote.value("orthanc.GetGlobalProperty(2000, 'none yet')") == "h\u00e9"


def test_global_property_of_orthanc(remote: Remote) -> None:
    """The error tells the numbers that are free. A later Orthanc would refuse the others too."""
    assert "use 1024 or more" in str(remote.error("orthanc.SetGlobalProperty(1023, 'x')"))
    remote("orthanc.SetGlobalProperty(1024, 'x')")


def test_files_and_compression(remote: Remote, tmp_path: object) -> None:
    data = bytes(range(256)) * 100
    remote(f"orthanc.WriteFile({str(tmp_path)!r} + '/file', bytes(range(256)) * 100)")
    assert remote.value(f"orthanc.ReadFile({str(tmp_path)!r} + '/file')") == data
    packed = remote.value("orthanc.BufferCompression(bytes(range(256)) * 100, orthanc.CompressionType.ZLIB, 0)")
    assert zlib.decompress(packed) == data
    sized = len(data).to_bytes(8, "little") + packed
    assert remote.value(f"orthanc.BufferCompression({sized!r}, orthanc.CompressionType.ZLIB_WITH_SIZE, 1)") == data


def test_create_dicom(remote: Remote) -> None:
    tags = json.dumps({"PatientName": "Zo\u00eb^Ada", "SOPInstanceUID": UID, "SpecificCharacterSet": "ISO_IR 192"})
    dataset = remote(f"""
        import io, pydicom
        data = orthanc.CreateDicom({tags!r}, None, orthanc.CreateDicomFlags.GENERATE_IDENTIFIERS)
        dataset = pydicom.dcmread(io.BytesIO(data))
        result = [type(data).__name__, str(dataset.PatientName), len(dataset.StudyInstanceUID) > 10]
    """)
    assert dataset == ["bytes", "Zo\u00eb^Ada", True]


def test_dicom_instances(remote: Remote) -> None:
    for path in (CT, RT_PLAN):
        dataset = read(path)
        remote(f"""
            import json
            data = open({str(path)!r}, "rb").read()
            instance = orthanc.CreateDicomInstance(data)
            assert isinstance(instance, orthanc.DicomInstance)
            assert instance.GetInstanceSize() == len(data)
            assert instance.GetInstanceData() == data
            assert instance.GetInstanceTransferSyntaxUid() == {str(dataset.file_meta.TransferSyntaxUID)!r}
            assert instance.HasInstancePixelData() == {int("PixelData" in dataset)}
            assert json.loads(instance.GetInstanceSimplifiedJson())["SOPInstanceUID"] == {str(dataset.SOPInstanceUID)!r}
            full = orthanc.DicomBufferToJson(data, orthanc.DicomToJsonFormat.FULL, orthanc.DicomToJsonFlags.NONE, 0)
            assert json.loads(full)["0010,0020"]["Value"] == {str(dataset.PatientID)!r}
            del instance
        """)


def test_http_client(remote: Remote) -> None:
    with http_service(lambda body: body[::-1]) as (address, _):
        assert remote.value(f"orthanc.HttpPost({address!r}, b'a\\x00b\\xff', '', '')") == b"\xffb\x00a"
        assert remote.value(f"orthanc.HttpPost({address!r}, 'text', None, None)") == b"txet"
    assert remote.error(f"orthanc.HttpPost({address!r}, 'text', '', '')").kind == "OrthancException"
