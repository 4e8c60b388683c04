// SPDX-License-Identifier: GPL-3.0-or-later
#include "process_environment.h"

#include <cstdlib>

namespace orthanc_python {

std::string take_from_environment(const char* name) {
  const char* value = std::getenv(name);
  const std::string result = value == nullptr ? "" : value;
#ifdef _WIN32
  _putenv_s(name, "");
#else
  unsetenv(name);
#endif
  return result;
}

}  // namespace orthanc_python
