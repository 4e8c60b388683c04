# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases for Orthanc's index: SQLite, and a PostgreSQL server of the benchmark's own."""
