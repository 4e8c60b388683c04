# SPDX-License-Identifier: GPL-3.0-or-later
# Stores the DICOM files of a tar archive of any size, unpacked while it arrives.
# tar -c folder | curl -T - http://localhost:8042/archive; the answer lists what was stored, and the members that were refused

import io
import json
import zipfile
from tarfile import HeaderError, ReadError, TarError, TarFile, TarInfo
from typing import Any

import orthanc

LARGEST = 1 << 30  # bytes of a file, because each is in memory as a whole


class Member(TarInfo):
    """A member whose damaged or missing header is an error. TarFile takes it for the end, except at the first member."""

    @classmethod
    def fromtarfile(cls, tarfile: TarFile) -> Any:
        try:
            return super().fromtarfile(tarfile)
        except (HeaderError, ValueError) as error:
            if type(error).__name__ == "EOFHeaderError":  # the zeros at the end. Type stubs do not know its name
                raise
            raise ReadError(str(error)) from error


def store(file: bytes) -> tuple[list[str], bool]:
    """Return the instances that Orthanc has stored, and whether this is the whole file. A ZIP file may have several."""
    try:
        answer: dict[str, Any] | list[dict[str, Any]] = json.loads(orthanc.RestApiPost("/instances", file))
    except orthanc.OrthancException:
        return [], False
    parts = answer if isinstance(answer, list) else [answer]
    stored = [part["ID"] for part in parts if part["Status"] in ("Success", "AlreadyStored")]  # not "FilteredOut"
    count = len(parts)
    if isinstance(answer, list):  # of a ZIP file, without what Orthanc cannot read
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            count = sum(not member.is_dir() for member in archive.infolist())
    return stored, 0 < len(stored) == count


def store_archive(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] not in ("POST", "PUT"):
        output.SendMethodNotAllowed("POST,PUT")
        return
    result: dict[str, Any] = {"Stored": [], "Refused": []}
    try:
        # "|" reads once from the beginning to the end: a body can do no more. "*" finds out the compression.
        with TarFile.open(fileobj=request["body"], mode="r|*", tarinfo=Member) as archive:
            for member in archive:
                if member.isdir():
                    continue
                # A link would need what has gone by. A sparse file may be much larger than the archive.
                taken = member.isfile() and not member.issparse() and member.size <= LARGEST
                file = archive.extractfile(member) if taken else None
                stored, whole = store(file.read()) if file else ([], False)
                result["Stored"] += stored
                if not whole:
                    result["Refused"].append(member.name)
    except TarError as error:
        result["Details"] = f"not a tar archive, or a damaged one: {error}"
        output.SendHttpStatus(400, json.dumps(result))  # what was stored before stays
        return
    output.AnswerBuffer(json.dumps(result), "application/json")


orthanc.RegisterChunkedRestCallback("/archive", store_archive)
