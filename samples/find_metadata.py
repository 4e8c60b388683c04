# SPDX-License-Identifier: GPL-3.0-or-later
# Extends Orthanc's own /tools/find with "MetadataQuery": patterns that the metadata of a resource must match.
# curl http://localhost:8042/tools/find -d '{"Level": "Instance", "Query": {}, "MetadataQuery": {"RemoteAET": "CT*"}}'

import fnmatch
import json
from typing import Any

import orthanc

FOLDERS = {"Patient": "patients", "Study": "studies", "Series": "series", "Instance": "instances"}
UNKNOWN = (orthanc.ErrorCode.UNKNOWN_RESOURCE, orthanc.ErrorCode.INEXISTENT_ITEM)
configuration = json.loads(orthanc.GetConfiguration())


def get(path: str) -> Any:
    """Return the answer of Orthanc; None if the resource was deleted meanwhile."""
    try:
        return json.loads(orthanc.RestApiGet(path))
    except orthanc.OrthancException as error:
        if error.args[0] in UNKNOWN:
            return None
        raise


def metadata_matches(resource: str, patterns: dict[str, str]) -> bool:
    metadata = get(f"{resource}/metadata?expand")
    return metadata is not None and all(
        name in metadata and fnmatch.fnmatchcase(metadata[name], patterns[name]) for name in patterns
    )


def find(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "POST":
        output.SendMethodNotAllowed("POST")
        return
    try:
        query: dict[str, Any] = json.loads(request["body"])
        patterns = query.pop("MetadataQuery", None)
    except (ValueError, AttributeError, TypeError):
        if b"MetadataQuery" in request["body"]:  # Orthanc takes JSON with comments
            output.SendHttpStatus(400, "This is not JSON")
            return
        query, patterns = {}, None
    # The module's RestApiPost() reaches the route of Orthanc itself, and not the one registered below.
    if not patterns:
        output.AnswerBuffer(orthanc.RestApiPost(uri, request["body"]), "application/json")
        return
    if "ResponseContent" in query:
        output.SendHttpStatus(400, '"ResponseContent" does not go with "MetadataQuery": use "Expand"')
        return
    since, limit, expand = query.pop("Since", 0), query.pop("Limit", 0), query.pop("Expand", False)
    level = str(query.get("Level")).capitalize()
    if level not in FOLDERS:
        output.SendHttpStatus(400, f'"Level" must be one of {", ".join(FOLDERS)}')
        return
    found = json.loads(orthanc.RestApiPost(uri, json.dumps({**query, "Expand": False})))
    setting = "LimitFindInstances" if level == "Instance" else "LimitFindResults"
    if 0 < configuration.get(setting, 0) <= len(found):  # there may be more, and Orthanc does not say so
        output.SendHttpStatus(400, f'Narrow "Query": it finds as many resources as "{setting}" lets it, or more')
        return
    folder = FOLDERS[level]
    page = [each for each in found if metadata_matches(f"/{folder}/{each}", patterns)]
    page = page[since : since + limit if limit else None]
    if expand:
        page = [resource for each in page if (resource := get(f"/{folder}/{each}"))]
    output.AnswerBuffer(json.dumps(page, indent=2), "application/json")


orthanc.RegisterRestCallback("/tools/find", find)
