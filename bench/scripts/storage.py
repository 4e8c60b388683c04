# SPDX-License-Identifier: GPL-3.0-or-later
"""A storage area as slow as a remote store: 10 ms a file and 100 MB/s. /read answers the bytes read since the last time."""

import time

import orthanc

LATENCY = 0.01  # seconds
BYTES_PER_SECOND = 100_000_000

files = {}
total = 0


def create(uuid, content_type, data):
    files[uuid] = data


def read(uuid, content_type):
    global total
    data = files[uuid]
    total += len(data)
    time.sleep(LATENCY + len(data) / BYTES_PER_SECOND)
    return data


def remove(uuid, content_type):
    del files[uuid]


def answer(output, uri, **request):
    global total
    output.AnswerBuffer(str(total), "text/plain")
    total = 0


orthanc.RegisterStorageArea(create, read, remove)
orthanc.RegisterRestCallback("/read", answer)
