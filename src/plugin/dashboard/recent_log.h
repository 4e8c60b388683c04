// SPDX-License-Identifier: GPL-3.0-or-later
// The last warnings and errors that scripts and the plugin have written to Orthanc's log, and the last errors of each callback.
// Kept only while the dashboard is on. Lines of information are not kept: Orthanc's log may not have them.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace orthanc_python {

struct callback_record;

enum class log_level { warning, error };

void keep_recent_log(bool on);

// Whether the two functions below do anything.
extern std::atomic<bool> recent_log_is_kept;

// The text as Orthanc's log has it.
void keep_line(log_level level, const char* text) noexcept;

// Keep the log's text of an error of a callback. The record may be null. `what` names the part that has failed.
void keep_error(const callback_record* record, const std::string& what, const std::string& text) noexcept;

// The lines whose number is greater than `last`, and all errors, as JSON.
std::string recent_log_json(std::uint64_t last);

}  // namespace orthanc_python
