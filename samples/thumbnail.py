# SPDX-License-Identifier: GPL-3.0-or-later
# A small JPEG of an instance, drawn by Pillow. Needs: pip install Pillow
# curl 'http://localhost:8042/instances/{id}/thumbnail?size=64' -o thumbnail.jpg

import io
from typing import Any

import orthanc
from PIL import Image


def thumbnail(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "GET":
        output.SendMethodNotAllowed("GET")
        return
    size = request["get"].get("size", "128")
    if not size.isdecimal() or not 8 <= int(size) <= 1024:
        output.SendHttpStatus(400, "The size must be a number from 8 to 1024")
        return
    try:
        preview = orthanc.RestApiGet(f"/instances/{request['groups'][0]}/preview")
    except orthanc.OrthancException:
        output.SendHttpStatusCode(404)
        return
    with Image.open(io.BytesIO(preview)) as image:
        small = image.convert("L")
    small.thumbnail((int(size), int(size)))
    jpeg = io.BytesIO()
    small.save(jpeg, "JPEG", quality=85)
    output.AnswerBuffer(jpeg.getvalue(), "image/jpeg")


orthanc.RegisterRestCallback("/instances/([^/]+)/thumbnail", thumbnail)
