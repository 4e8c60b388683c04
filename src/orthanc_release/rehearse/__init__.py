# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearsal of the workflows on this machine: reads the workflow files and runs their jobs as far as they can run here."""
