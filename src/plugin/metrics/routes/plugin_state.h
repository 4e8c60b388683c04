// SPDX-License-Identifier: GPL-3.0-or-later
// The measured values of the plugin as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace orthanc_python {

// Of Python itself, for which the GIL is needed.
struct python_state {
  std::int64_t allocated_blocks = 0;
  std::int64_t threads = 0;
  std::int64_t workers = 0;
  std::string library;  // what the library prometheus-client exposes; empty if no script has imported it
};

// Nothing when the GIL is not to be had within a second.
std::optional<python_state> ask_python(bool openmetrics);

// To be called at each start of the plugin, and where a script or a step of the start has failed.
void note_start() noexcept;
void note_start_error() noexcept;

// For example "3.11.2".
std::string python_version();

struct start_state {
  std::int64_t unix_seconds;  // of the last start
  std::int64_t uptime;        // nanoseconds since then
  std::uint64_t errors;
};
start_state start_of_plugin() noexcept;

}  // namespace orthanc_python
