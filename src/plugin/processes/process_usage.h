// SPDX-License-Identifier: GPL-3.0-or-later
// The system's figures of Orthanc's process.
#pragma once

#include <cstdint>

namespace orthanc_python {

struct process_usage {
  std::int64_t resident_bytes = 0;  // 0 if unknown
  std::int64_t threads = 0;         // 0 if unknown
};

process_usage usage_of_process() noexcept;

}  // namespace orthanc_python
