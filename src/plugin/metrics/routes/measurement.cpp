// SPDX-License-Identifier: GPL-3.0-or-later
#include "metrics/routes/measurement.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "embedded/python_sources.h"
#include "sdk/errors.h"

namespace orthanc_python {

namespace {

// The argument "seconds": from 1 to 60, by default 10.
int seconds_of(const OrthancPluginHttpRequest& request) {
  const std::string seconds = argument_of(request, "seconds");
  return seconds.empty() ? 10 : std::clamp(std::atoi(seconds.c_str()), 1, 60);
}

}  // namespace

answer measure(const OrthancPluginHttpRequest& request, const char* module, const char* what) {
  std::string text;
  bool made = false;
  run_in_python(callback_gate(), [&] {
    made = guarded([&] { text = content_of(embedded_module(module).attr("measure")(seconds_of(request))); });
    if (!made) {
      report_error(what);
    }
  });
  const std::uint16_t status = !made ? 500 : text.empty() ? 503 : 200;
  return {std::move(text), json_type, status};
}

}  // namespace orthanc_python
