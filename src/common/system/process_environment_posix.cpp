// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>

#include "system/process_environment.h"

namespace orthanc_python {

std::string read_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void set_environment(const char* name, const std::string& value) { setenv(name, value.c_str(), 1); }

void remove_from_environment(const char* name) { unsetenv(name); }

}  // namespace orthanc_python
