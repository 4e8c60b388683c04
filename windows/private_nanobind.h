// SPDX-License-Identifier: GPL-3.0-or-later
// Stands before nanobind's headers in builds for Windows: nanobind marks some of its classes and the module's function for
// export, for extension modules that share them; a plugin exports what Orthanc calls, and nothing else.
#pragma once

#include <nanobind/nb_python.h>
// after CPython's headers, on whose version it depends
#include <nanobind/nb_defs.h>

#undef NB_EXPORT
#define NB_EXPORT
