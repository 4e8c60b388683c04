// SPDX-License-Identifier: GPL-3.0-or-later
// The state of the plugin as JSON, for the command `orthanc-python top` and other programs.
#pragma once

#include <optional>
#include <string>

#include "metrics/routes/plugin_state.h"

namespace orthanc_python {

// `python` is missing when Python does not answer. The history is what the dashboard has collected.
std::string status_json(const std::optional<python_state>& python, bool with_history);

// The calls of this moment, as a JSON array.
std::string calls_json();

}  // namespace orthanc_python
