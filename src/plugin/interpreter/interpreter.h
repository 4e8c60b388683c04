// SPDX-License-Identifier: GPL-3.0-or-later
// The embedded CPython. It starts with the first script and lives until the process exits: Orthanc's /tools/reset finalizes and
// initializes plugins in one process, but NumPy and many other C extension modules cannot be initialized twice.
#pragma once

#include "life/configuration.h"

namespace orthanc_python {

// Starts CPython, unless it runs already, and leaves it without a thread attached. Throws std::runtime_error.
void start_interpreter(const configuration& settings);

}  // namespace orthanc_python
