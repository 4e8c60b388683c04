# SPDX-License-Identifier: GPL-3.0-or-later
"""/sorted reads the tags of every instance and answers their identifiers, sorted by position."""

import json

import orthanc


def answer(output, uri, **request):
    rows = []
    for identifier in json.loads(orthanc.RestApiGet("/instances")):
        tags = json.loads(orthanc.RestApiGet(f"/instances/{identifier}/simplified-tags"))
        rows.append((float(tags.get("SliceLocation", 0)), identifier))
    rows.sort()
    output.AnswerBuffer(json.dumps([identifier for _, identifier in rows]), "application/json")


orthanc.RegisterRestCallback("/sorted", answer)
