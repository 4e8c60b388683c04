// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace orthanc_python {

// Tells Orthanc to announce changes, for each life of the plugin: it must hear of ORTHANC_STOPPED, also when the script does
// not.
void start_change_callbacks();

// Waits until all changes have reached the script, then ends their thread. Warns when that takes too long, with the number and
// the kinds of those that the script does not get.
void stop_change_callbacks(std::chrono::milliseconds timeout) noexcept;

struct change_queue_state {
  std::size_t length;   // of changes that wait
  std::int64_t oldest;  // the age of the first, in nanoseconds
};

change_queue_state state_of_changes();

// A warning with the number and the kinds of the changes that came after that.
void report_late_changes() noexcept;

}  // namespace orthanc_python
