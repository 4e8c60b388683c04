# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that a listener submits again, without end."""

import counted
import orthanc


class Job:
    def step(self):
        orthanc.RestApiGet("/statistics")
        return orthanc.JobStepStatus.SUCCESS

    def stop(self, reason):
        pass

    def reset(self):
        pass


def on_change(change_type, level, resource_id):
    if change_type in (orthanc.ChangeType.ORTHANC_STARTED, orthanc.ChangeType.JOB_SUCCESS):
        orthanc.CreateJob(Job(), "again").SubmitJob(0)


orthanc.RegisterOnChangeCallback(on_change)
orthanc.LogWarning(f"the script begins with {counted.__name__}")
