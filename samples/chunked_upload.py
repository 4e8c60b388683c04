# SPDX-License-Identifier: GPL-3.0-or-later
# Stores the DICOM files of a tar archive of any size, unpacked while it arrives.
# tar -c folder | curl -T - http://localhost:8042/archive; the answer lists what was stored, and the files that were refused

import json
import tarfile
from typing import Any

import orthanc


def store_archive(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] not in ("POST", "PUT"):
        output.SendMethodNotAllowed("POST,PUT")
        return
    stored: list[str] = []
    refused: list[str] = []
    try:
        # "|" reads once from the beginning to the end: a body can do no more. "*" finds out the compression.
        with tarfile.open(fileobj=request["body"], mode="r|*") as archive:
            for member in archive:
                if (file := archive.extractfile(member)) is None:
                    continue  # a folder
                try:
                    stored.append(json.loads(orthanc.RestApiPost("/instances", file.read()))["ID"])
                except orthanc.OrthancException:
                    refused.append(member.name)
    except tarfile.TarError as error:
        raise orthanc.OrthancException(orthanc.ErrorCode.BAD_REQUEST, f"not a tar archive: {error}") from error
    output.AnswerBuffer(json.dumps({"Stored": stored, "Refused": refused}), "application/json")


orthanc.RegisterChunkedRestCallback("/archive", store_archive)
