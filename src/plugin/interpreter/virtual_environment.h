// SPDX-License-Identifier: GPL-3.0-or-later
// The interpreter that CPython is to be: it decides the standard library, the packages and sys.executable.
#pragma once

#include <filesystem>

#include "life/configuration.h"

namespace orthanc_python {

// The interpreter that the loader has picked, that of the virtual environment in the configuration, or the one that belongs to
// the libpython in use; empty if it has none. Throws std::runtime_error for an environment that is none, or of another version.
std::filesystem::path choose_executable(const configuration& settings);

}  // namespace orthanc_python
