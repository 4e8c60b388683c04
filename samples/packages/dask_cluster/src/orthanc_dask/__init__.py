# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of Orthanc whose work is done by a Dask cluster. Orthanc imports `orthanc_dask.plugin`."""
