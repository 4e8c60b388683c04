# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners as an autorouter has, for each instance and each change. /stored answers how many instances there were."""

import json

import orthanc

stored = 0
stable = []


def on_stored(instance, instance_id):
    global stored
    tags = json.loads(instance.GetInstanceSimplifiedJson())
    if tags.get("Modality") == "CT":
        stored += 1


def on_change(change_type, level, resource_id):
    if change_type == orthanc.ChangeType.STABLE_STUDY:
        stable.append(resource_id)


def answer(output, uri, **request):
    output.AnswerBuffer(str(stored), "text/plain")


orthanc.RegisterOnStoredInstanceCallback(on_stored)
orthanc.RegisterOnChangeCallback(on_change)
orthanc.RegisterRestCallback("/stored", answer)
