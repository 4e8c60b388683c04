// SPDX-License-Identifier: GPL-3.0-or-later
// The module 'orthanc' belongs to the main interpreter: its classes and the script's callbacks are there, and nowhere else.
#pragma once

#include "conversion/nanobind.h"

namespace orthanc_python {

// Return whether the calling thread runs the main interpreter. Called with a thread state attached.
inline bool in_main_interpreter() noexcept { return PyInterpreterState_Get() == PyInterpreterState_Main(); }

// The function of the module for PyImport_AppendInittab. It raises ImportError in a sub-interpreter, where nanobind's own would
// replace what the main interpreter uses.
PyObject* init_in_main_interpreter() noexcept;

}  // namespace orthanc_python
