# SPDX-License-Identifier: GPL-3.0-or-later
"""The samples that read, show or store instances."""

from __future__ import annotations

import io

import openpyxl
from conftest import SAMPLES, Servers
from helpers import COLOUR, CT, MR, RT_PLAN, eventually, read, send
from PIL import Image


def test_upload_at_start(orthanc: Servers) -> None:
    server = orthanc.sample("upload_at_start.py", environment={"DICOM_FILE": str(CT)})
    server.wait_for_log(r"Stored CT_small\.dcm as instance [0-9a-f-]+ \(Success\)")
    (instance,) = server.get("/instances").json()
    assert server.get(f"/instances/{instance}/file").body == CT.read_bytes()


def test_upload_at_start_without_file(orthanc: Servers) -> None:
    server = orthanc((SAMPLES / "upload_at_start.py").read_text(encoding="utf-8"))
    server.wait_for_log(r"Cannot store .*start\.dcm")
    assert server.get("/instances").json() == []


def test_new_instance(orthanc: Servers) -> None:
    server = orthanc.sample("new_instance.py", dicom=True)
    by_rest = server.upload(CT)["ID"]
    assert send(server.dicom_port, MR, calling="SCANNER") == 0
    first, second = eventually(lambda: found if len(found := server.get("/new-instances").json()) == 2 else None)
    assert first == {
        "ID": by_rest,
        "Size": CT.stat().st_size,
        "Origin": "REST_API",
        "Modality": "CT",
        "SOPInstanceUID": read(CT).SOPInstanceUID,
        "ReceptionDate": first["ReceptionDate"],
    }
    assert (second["Origin"], second["Modality"], second["RemoteAET"]) == ("DICOM_PROTOCOL", "MR", "SCANNER")
    server.wait_for_log(r'New instance: \{.*"RemoteAET": "SCANNER"')


BUSY = """
class Busy(collections.deque):
    def __iter__(self):
        raise RuntimeError("deque mutated during iteration")

    def copy(self):
        return collections.deque(super().__iter__())

latest = Busy()
"""


def test_new_instance_while_another_one_arrives(orthanc: Servers) -> None:
    """In a free-threaded Python, a deque cannot be iterated while another thread appends to it."""
    server = orthanc((SAMPLES / "new_instance.py").read_text(encoding="utf-8") + BUSY)
    instance = server.upload(CT)["ID"]
    (found,) = eventually(lambda: server.get("/new-instances").json())
    assert found["ID"] == instance


def test_pydicom_dump(orthanc: Servers) -> None:
    server = orthanc.sample("pydicom_dump.py")
    answer = server.get(f"/instances/{server.upload(RT_PLAN)['ID']}/pydicom")
    assert answer.text == f"{read(RT_PLAN)}\n"
    assert server.get("/instances/unknown/pydicom").status == 404


def test_thumbnail(orthanc: Servers) -> None:
    server = orthanc.sample("thumbnail.py")
    for path in (CT, COLOUR):
        route = f"/instances/{server.upload(path)['ID']}/thumbnail"
        for size in (64, 16):
            answer = server.get(f"{route}?size={size}")
            assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
            image = Image.open(io.BytesIO(answer.body))
            assert image.format == "JPEG" and max(image.size) <= size
        assert server.get(f"{route}?size=huge").status == 400
        assert server.delete(route).status == 405
    without_pixels = server.upload(RT_PLAN)["ID"]
    assert server.get(f"/instances/{without_pixels}/thumbnail").status in (200, 404)  # Orthanc may draw a replacement
    assert server.get("/instances/unknown/thumbnail").status == 404


def test_excel_report(orthanc: Servers) -> None:
    server = orthanc.sample("excel_report.py")
    studies = {str(read(path).PatientID): path for path in (CT, MR)}
    for path in studies.values():
        server.upload(path)
    formula = {"PatientID": "=1+1", "StudyDate": "20240101"}
    assert server.post("/tools/create-dicom", {"Tags": formula}).status == 200
    answer = server.get("/report.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="report.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(answer.body))["Studies"]
    header, *rows = sheet.iter_rows()
    names = [cell.value for cell in header]
    assert names == ["PatientID", "PatientName", "StudyDate", "StudyDescription", "Series", "Instances"]
    lines = {row[0].value: row for row in rows}
    assert set(lines) == {*studies, "=1+1"}
    assert lines["=1+1"][0].data_type == "s", "a text of a DICOM file became a formula"
    for patient, path in studies.items():
        assert [cell.value for cell in lines[patient]][2] == read(path).StudyDate
        assert [cell.value for cell in lines[patient]][4:] == [1, 1]


DELETES = """
get = orthanc.RestApiGet

def deletes_the_first(uri):
    answer = get(uri)
    if uri == "/studies?expand":
        orthanc.RestApiDelete("/studies/" + json.loads(answer)[0]["ID"])
    return answer

orthanc.RestApiGet = deletes_the_first
"""


def test_excel_report_of_a_study_that_is_deleted(orthanc: Servers) -> None:
    """The report has the others."""
    server = orthanc((SAMPLES / "excel_report.py").read_text(encoding="utf-8") + DELETES)
    for path in (CT, MR):
        server.upload(path)
    answer = server.get("/report.xlsx")
    assert answer.status == 200
    (left,) = server.get("/patients?expand").json()
    _, *rows = openpyxl.load_workbook(io.BytesIO(answer.body))["Studies"].iter_rows()
    assert [row[0].value for row in rows] == [left["MainDicomTags"]["PatientID"]]
