# SPDX-License-Identifier: GPL-3.0-or-later
"""A work queue in PostgreSQL that several Orthancs share. Orthanc imports `orthanc_work_queue.plugin`, workers do not."""
