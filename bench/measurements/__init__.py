# SPDX-License-Identifier: GPL-3.0-or-later
"""All measurements, in the order of the report. To add one, write its module and list it here."""

from __future__ import annotations

from bench.measurements.bodies.large_bodies import LargeBodies
from bench.measurements.bodies.streams import Streams
from bench.measurements.build import Build
from bench.measurements.changes import Changes
from bench.measurements.dashboard import Dashboard
from bench.measurements.dicom import Dicom
from bench.measurements.free_threading import FreeThreading
from bench.measurements.instructions import Instructions
from bench.measurements.many.connections import ManyConnections
from bench.measurements.many.instances import ManyInstances
from bench.measurements.many.routes import ManyRoutes
from bench.measurements.others_wait import OthersWait
from bench.measurements.queues import Queues
from bench.measurements.rest_callback import RestCallback
from bench.measurements.sdk_calls import SdkCalls
from bench.measurements.start import Start
from bench.measurements.storage import Storage
from bench.measurements.uploads import Uploads
from bench.measurements.waiting import Waiting
from bench.model import Measurement

MEASUREMENTS: tuple[Measurement, ...] = (
    RestCallback(),
    Instructions(),
    SdkCalls(),
    LargeBodies(),
    Streams(),
    Changes(),
    Uploads(),
    Dicom(),
    Storage(),
    Queues(),
    ManyConnections(),
    ManyInstances(),
    ManyRoutes(),
    Waiting(),
    OthersWait(),
    Dashboard(),
    Start(),
    FreeThreading(),
    Build(),
)
