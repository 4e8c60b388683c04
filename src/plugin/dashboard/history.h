// SPDX-License-Identifier: GPL-3.0-or-later
// The dashboard's figures over time. A thread of the plugin collects them, every few seconds, only while the dashboard is on.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace orthanc_python {

// Begin or end to collect. The end forgets what was collected.
void keep_history(bool on);

bool is_history_kept() noexcept;

// The process since the plugin's start, as a JSON object. Where it has run for long, the points are further apart.
std::string history_json();

// Of each of the first records, in their order: its calls of the last minutes, as members of a JSON object.
std::vector<std::string> recent_calls_json(std::size_t records);

}  // namespace orthanc_python
