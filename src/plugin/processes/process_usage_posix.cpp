// SPDX-License-Identifier: GPL-3.0-or-later
#include "processes/process_usage.h"

#ifdef __APPLE__
#include <mach/mach.h>
#else
#include <cstdlib>
#include <cstring>
#include <memory>
#endif
#include <cstdio>

namespace orthanc_python {

#ifdef __APPLE__

process_usage usage_of_process() noexcept {
  mach_task_basic_info_data_t info{};
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  const auto result = task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info), &count);
  return {result == KERN_SUCCESS ? static_cast<std::int64_t>(info.resident_size) : 0, 0};
}

#else

namespace {

struct closer {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

// proc(5): VmRSS in kB and Threads.
process_usage usage_of_process() noexcept {
  process_usage result;
  const std::unique_ptr<std::FILE, closer> file(std::fopen("/proc/self/status", "re"));
  char line[256];
  while (file != nullptr && std::fgets(line, sizeof line, file.get()) != nullptr) {
    if (std::strncmp(line, "VmRSS:", 6) == 0) {
      result.resident_bytes = std::strtoll(line + 6, nullptr, 10) * 1024;
    } else if (std::strncmp(line, "Threads:", 8) == 0) {
      result.threads = std::strtoll(line + 8, nullptr, 10);
    }
  }
  return result;
}

#endif

}  // namespace orthanc_python
