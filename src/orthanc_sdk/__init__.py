# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads Orthanc's SDK header and writes the C++ bindings, the type stub and the coverage report made from it."""
