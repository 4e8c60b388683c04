# SPDX-License-Identifier: GPL-3.0-or-later
# The studies sorted by any of their main DICOM tags, a page at a time.
# curl 'http://localhost:8042/sorted-studies?sort=StudyDate&order=descending&since=0&limit=10'

import json
from typing import Any

import orthanc


def sort_key(study: dict[str, Any], tag: str) -> tuple[str, str]:
    tags = {**study["MainDicomTags"], **study["PatientMainDicomTags"]}
    return tags.get(tag, ""), study["ID"]  # the identifier orders studies with equal values


def sorted_studies(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    arguments = request["get"]
    try:
        since, limit = int(arguments.get("since", 0)), int(arguments.get("limit", 50))
        descending = {"ascending": False, "descending": True}[arguments.get("order", "ascending")]
        if since < 0 or not 0 < limit <= 1000:
            raise ValueError
    except (KeyError, ValueError):
        output.SendHttpStatus(400, "Give 'since' from 0, 'limit' from 1 to 1000, 'order' as ascending or descending")
        return
    tag = arguments.get("sort", "StudyDate")
    studies: list[dict[str, Any]] = json.loads(orthanc.RestApiGet("/studies?expand"))
    studies.sort(key=lambda study: sort_key(study, tag), reverse=descending)
    page = {"Total": len(studies), "Since": since, "Studies": studies[since : since + limit]}
    output.AnswerBuffer(json.dumps(page, indent=2), "application/json")


orthanc.RegisterRestCallback("/sorted-studies", sorted_studies)
