# SPDX-License-Identifier: GPL-3.0-or-later
"""/upload takes a body while it arrives, and answers its size; /download?size=N answers N MB, made while they are sent."""

import orthanc

MEGABYTE = bytes(1_000_000)


def upload(output, uri, **request):
    output.AnswerBuffer(str(sum(len(part) for part in request["body"])), "text/plain")


def download(output, uri, **request):
    for _ in range(int(request["get"]["size"])):
        yield MEGABYTE


def can_stream(output, uri, **request):
    output.AnswerBuffer(str(orthanc.HasFunction("RestOutput.StartStreamAnswer")), "text/plain")


orthanc.RegisterChunkedRestCallback("/upload", upload)
orthanc.RegisterRestCallback("/download", download)
orthanc.RegisterRestCallback("/can-stream", can_stream)
