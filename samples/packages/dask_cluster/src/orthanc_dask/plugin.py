# SPDX-License-Identifier: GPL-3.0-or-later
"""The plugin: POST /series/{id}/dask starts a job, /jobs/{job} has its progress and results."""

from __future__ import annotations

import json
from typing import Any

import orthanc

from orthanc_dask.cluster import Cluster
from orthanc_dask.job import Limits, SeriesJob
from orthanc_dask.remote import find_task, remote_function
from orthanc_dask.settings import Settings, url_of
from orthanc_python.inside import read_section

JOB = "DaskSeries"

settings = read_section("DaskCluster", Settings)
base = url_of(settings, json.loads(orthanc.GetConfiguration()))
limits = Limits(settings.task_timeout, settings.retries, settings.scheduler_timeout)
headers = {"Authorization": orthanc.GenerateRestApiAuthorizationToken()}
work = remote_function(find_task(settings.task), headers, settings.task_timeout)
cluster = Cluster(settings.scheduler, settings.in_flight, work)


def instances_of(series: str) -> list[str]:
    return [str(each) for each in json.loads(orthanc.RestApiGet(f"/series/{series}"))["Instances"]]


def file_url(instance: str) -> str:
    return f"{base}/instances/{instance}/file"


def start(output: orthanc.RestOutput, uri: str, **request: Any) -> None:
    if request["method"] != "POST":
        output.SendMethodNotAllowed("POST")
        return
    (series,) = request["groups"]
    try:
        instances_of(series)
    except orthanc.OrthancException:
        output.SendHttpStatusCode(404)
        return
    job = orthanc.CreateJob(SeriesJob(cluster, limits, series, instances_of, file_url), JOB).SubmitJob()
    output.AnswerBuffer(json.dumps({"ID": job, "Path": f"/jobs/{job}"}) + "\n", "application/json")


def resume(kind: str, serialized: Any) -> SeriesJob | None:
    """Go on with a job after a restart of Orthanc: only the instances without a result are left."""
    if kind != JOB:
        return None
    return SeriesJob(cluster, limits, serialized["Series"], instances_of, file_url, serialized["Results"])


def on_change(change: int, level: int, resource: str) -> None:
    if change == orthanc.ChangeType.ORTHANC_STOPPED:
        cluster.close()


orthanc.RegisterJobsUnserializer(resume)
orthanc.RegisterRestCallback("/series/([^/]+)/dask", start)
orthanc.RegisterOnChangeCallback(on_change)
