// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace orthanc_python {

// The value of an environment variable, which is removed, so that the processes a script starts do not see it. Empty if there is none.
std::string take_from_environment(const char* name);

}  // namespace orthanc_python
