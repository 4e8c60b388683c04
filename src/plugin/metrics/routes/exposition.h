// SPDX-License-Identifier: GPL-3.0-or-later
// The metrics as text, in the formats of Prometheus and of OpenMetrics 1.0.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "metrics/routes/plugin_state.h"

namespace orthanc_python {

enum class text_format { prometheus, openmetrics };

// `python` is missing when Python does not answer.
std::string metrics_text(text_format format, const std::optional<python_state>& python);

// Gives `add` the numbers that the plugin counts itself, with their labels in the name, for Orthanc's own metrics. They lack
// buckets, the numbers of Python and of the process, and the time of the start, for which a float is too coarse.
void each_metric(const std::function<void(const std::string& name, double value)>& add);

}  // namespace orthanc_python
