// SPDX-License-Identifier: GPL-3.0-or-later
// Environment variables as UTF-8 text.
#pragma once

#include <string>

namespace orthanc_python {

// The value of an environment variable; empty if there is none.
std::string read_environment(const char* name);

void set_environment(const char* name, const std::string& value);

void remove_from_environment(const char* name);

}  // namespace orthanc_python
