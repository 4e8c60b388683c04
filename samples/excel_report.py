# SPDX-License-Identifier: GPL-3.0-or-later
# An Excel workbook with one line for each study, written by openpyxl. Needs: pip install openpyxl
# curl http://localhost:8042/report.xlsx -o report.xlsx

import io
import json
from typing import Any

import openpyxl
import orthanc
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

COLUMNS = ["PatientID", "PatientName", "StudyDate", "StudyDescription", "Series", "Instances"]
UNKNOWN = (orthanc.ErrorCode.UNKNOWN_RESOURCE, orthanc.ErrorCode.INEXISTENT_ITEM)


def text_cell(sheet: Any, text: str, font: Font | None = None) -> Cell:
    """A text as Excel may hold it: without control characters, and never a formula."""
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    if font:
        cell.font = font
    return cell


def row(sheet: Any, study: dict[str, Any]) -> list[Any]:
    """Return the cells of a study, or none if it was deleted meanwhile: Orthanc 1.13 counts no instances then, others raise."""
    tags = {**study["MainDicomTags"], **study["PatientMainDicomTags"]}
    statistics: dict[str, int] = {}
    try:
        statistics = json.loads(orthanc.RestApiGet(f"/studies/{study['ID']}/statistics"))
    except orthanc.OrthancException as error:
        if error.args[0] not in UNKNOWN:
            raise
    if not statistics.get("CountInstances"):
        return []
    texts = [text_cell(sheet, tags.get(column, "")) for column in COLUMNS[:-2]]
    return [*texts, statistics["CountSeries"], statistics["CountInstances"]]


def report(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    workbook = openpyxl.Workbook(write_only=True)  # it keeps no rows in memory
    sheet = workbook.create_sheet("Studies")
    sheet.freeze_panes = "A2"
    sheet.append([text_cell(sheet, column, Font(bold=True)) for column in COLUMNS])
    for study in json.loads(orthanc.RestApiGet("/studies?expand")):
        if cells := row(sheet, study):
            sheet.append(cells)
    content = io.BytesIO()
    workbook.save(content)
    output.SetHttpHeader("Content-Disposition", 'attachment; filename="report.xlsx"')
    output.AnswerBuffer(content.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


orthanc.RegisterRestCallback("/report.xlsx", report)
