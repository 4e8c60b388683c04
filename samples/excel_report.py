# SPDX-License-Identifier: GPL-3.0-or-later
# An Excel workbook with one line for each study, written by openpyxl, which needs: pip install openpyxl
# curl http://localhost:8042/report.xlsx -o report.xlsx

import io
import json

import openpyxl
import orthanc
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font

COLUMNS = ["PatientID", "PatientName", "StudyDate", "StudyDescription", "Series", "Instances"]


def text_cell(sheet, text: str) -> Cell:
    """A text as Excel may hold it: without control characters, and never a formula."""
    cell = Cell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell


def row(sheet, study: dict) -> list:
    tags = {**study["MainDicomTags"], **study["PatientMainDicomTags"]}
    statistics = json.loads(orthanc.RestApiGet(f"/studies/{study['ID']}/statistics"))
    texts = [text_cell(sheet, tags.get(column, "")) for column in COLUMNS[:-2]]
    return [*texts, statistics["CountSeries"], statistics["CountInstances"]]


def report(output, uri, **request):
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "Studies"
    sheet.append(COLUMNS)
    for header in sheet[1]:
        header.font = Font(bold=True)
    for study in json.loads(orthanc.RestApiGet("/studies?expand")):
        sheet.append(row(sheet, study))
    sheet.freeze_panes = "A2"
    content = io.BytesIO()
    workbook.save(content)
    output.SetHttpHeader("Content-Disposition", 'attachment; filename="report.xlsx"')
    output.AnswerBuffer(content.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


orthanc.RegisterRestCallback("/report.xlsx", report)
