// SPDX-License-Identifier: GPL-3.0-or-later
#include "processes/process_usage.h"

#define PSAPI_VERSION 2  // the function of kernel32: it needs no further library
#include <windows.h>

#include <psapi.h>  // needs the types of windows.h

namespace orthanc_python {

process_usage usage_of_process() noexcept {
  PROCESS_MEMORY_COUNTERS counters{};
  const bool known = GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) != 0;
  return {known ? static_cast<std::int64_t>(counters.WorkingSetSize) : 0, 0};
}

}  // namespace orthanc_python
