# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m orthanc_python is the command orthanc-python of that very interpreter."""

from orthanc_python.cli import main

main()
