# SPDX-License-Identifier: GPL-3.0-or-later
# Extends Orthanc's own /tools/find with "MetadataQuery": patterns that the metadata of a resource must match.
# curl http://localhost:8042/tools/find -d '{"Level": "Instance", "Query": {}, "MetadataQuery": {"RemoteAET": "CT*"}}'

import fnmatch
import json
from typing import Any

import orthanc

FOLDERS = {"Patient": "patients", "Study": "studies", "Series": "series", "Instance": "instances"}


def metadata_matches(resource: str, patterns: dict[str, str]) -> bool:
    metadata = json.loads(orthanc.RestApiGet(f"{resource}/metadata?expand"))
    return all(name in metadata and fnmatch.fnmatchcase(metadata[name], patterns[name]) for name in patterns)


def find(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "POST":
        output.SendMethodNotAllowed("POST")
        return
    try:
        query = json.loads(request["body"])
        patterns = query.pop("MetadataQuery", None)
        folder = FOLDERS[query["Level"].capitalize()]
    except (ValueError, KeyError, AttributeError, TypeError):
        output.SendHttpStatus(400, "This is not a query")
        return
    # The module's RestApiPost() reaches the route of Orthanc itself, and not the one registered below.
    if not patterns:
        output.AnswerBuffer(orthanc.RestApiPost(uri, json.dumps(query)), "application/json")
        return
    since, limit, expand = query.pop("Since", 0), query.pop("Limit", 0), query.pop("Expand", False)
    found = json.loads(orthanc.RestApiPost(uri, json.dumps({**query, "Expand": False})))
    matches = [each for each in found if metadata_matches(f"/{folder}/{each}", patterns)]
    page = matches[since : since + limit if limit else None]
    if expand:
        page = [json.loads(orthanc.RestApiGet(f"/{folder}/{each}")) for each in page]
    output.AnswerBuffer(json.dumps(page, indent=2), "application/json")


orthanc.RegisterRestCallback("/tools/find", find)
